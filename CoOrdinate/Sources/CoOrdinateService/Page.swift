/// A page of the coordinate, and what it may do. It is the same for every stream: what it shows it asks for itself.
enum Page: CaseIterable, Sendable {
    /// What is live.
    case home
    /// One stream.
    case watch
    /// The trees of a stream.
    case topology

    /// Its file.
    var path: String {
        switch self {
        case .home: "pages/home.html"
        case .watch: "pages/watch.html"
        case .topology: "pages/topology.html"
        }
    }

    /// Who may show it in a frame. Showing a stream in another site's page is what the watch page is for.
    private var framing: String { self == .watch ? "" : "; frame-ancestors 'none'" }

    /// Nothing that is not in our own files runs, and a page sends no forms. It may ask any host, for trackers and forwards
    /// can be anywhere and come and go; what it gets from them it checks against the stream's key, or shows as text. Media
    /// and workers come from memory.
    var headers: [(name: String, value: String)] {
        let policy =
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src blob:; "
            + "connect-src *; worker-src 'self' blob:; base-uri 'none'; form-action 'none'" + framing
        return [
            ("Content-Security-Policy", policy), ("Referrer-Policy", "no-referrer"),
            (
                "Permissions-Policy",
                "autoplay=(self), fullscreen=(self), picture-in-picture=(self), camera=(), microphone=(), geolocation=()"
            ),
        ]
    }
}
