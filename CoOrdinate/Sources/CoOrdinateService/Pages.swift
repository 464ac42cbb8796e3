import HTTPServer
import ServiceAPI

/// The pages of the coordinate: plain HTML without scripts. Every name is text, never markup.
enum Pages {
    /// What is live, and how to publish; `origin` is this coordinate as the browser calls it.
    static func index(_ streams: [StreamDescription], origin: String, needsKey: Bool) -> HTTPResponse {
        let origin = escape(origin)
        let rows = streams.map { stream in
            """
            <tr><td><a href="/watch/\(escape(stream.name))">\(escape(stream.name))</a></td>\
            <td>\(stream.state.name)</td><td>\(stream.width)×\(stream.height)</td>\
            <td>\(escape(stream.codecs))</td><td>\(stream.bitrate / 1_000) kbit/s</td><td>\(stream.viewers)</td></tr>
            """
        }
        let list =
            rows.isEmpty
            ? "<p>Nothing is live.</p>"
            : """
            <table><thead><tr><th>Stream</th><th>State</th><th>Picture</th><th>Codecs</th><th>Rate</th><th>Viewers</th>\
            </tr></thead><tbody>\(rows.joined(separator: "\n"))</tbody></table>
            """
        return page(
            title: "p2plive", refresh: true,
            body: """
                <h1>p2plive</h1>
                \(list)
                <h2>Publish</h2>
                <pre>ffmpeg -re -f lavfi -i testsrc=size=640x480:rate=30 -f mpeg1video -b:v 100K -r 30 \
                -send_expect_100 1 \(origin)/stream\(needsKey ? "?key=KEY" : "")</pre>
                <h2>Watch</h2>
                <pre>client watch \(origin)/live --verify</pre>
                """)
    }

    /// One stream, played from a forward.
    static func watch(_ stream: StreamDescription, forward: String?) -> HTTPResponse {
        let player =
            forward.map { url in
                """
                <video controls autoplay muted playsinline src="\(escape(url))/live/\(escape(stream.name)).mp4"></video>
                <p><a href="\(escape(url))/live/\(escape(stream.name)).mp4">.mp4</a> ·
                <a href="\(escape(url))/live/\(escape(stream.name)).ts">.ts</a> for mpv, VLC and ffplay</p>
                """
            } ?? "<p>No forward is alive at the moment; this page tries again.</p>"
        return page(
            title: "\(stream.name) – p2plive", refresh: forward == nil,
            body: """
                <h1>\(escape(stream.name))</h1>
                \(player)
                <p>\(stream.state.name) · \(stream.width)×\(stream.height) · \(escape(stream.codecs)) ·
                \(stream.bitrate / 1_000) kbit/s · <a href="/">all streams</a></p>
                """)
    }

    private static func page(title: String, refresh: Bool, body: String) -> HTTPResponse {
        let html = """
            <!doctype html>
            <html lang="en">
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            \(refresh ? "<meta http-equiv=\"refresh\" content=\"3\">" : "")
            <title>\(escape(title))</title>
            <style>
            :root { color-scheme: light dark; }
            body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
            video { width: 100%; background: #000; border-radius: .5rem; }
            table { border-collapse: collapse; width: 100%; }
            th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #8884; }
            pre { overflow-x: auto; padding: .8rem; background: #8882; border-radius: .5rem; }
            </style>
            \(body)
            </html>

            """
        let policy = "default-src 'none'; style-src 'unsafe-inline'; media-src http: https:; base-uri 'none'"
        return .text(
            html, type: "text/html; charset=utf-8",
            headers: [("Content-Security-Policy", policy), ("Cache-Control", "no-store")])
    }

    private static func escape(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;").replacing("'", with: "&#39;")
    }
}
