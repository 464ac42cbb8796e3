import Testing

@testable import HLSCore

@Suite struct LivePlaylistTests {
    /// Groups of five fragments of 200 ms, a byte each.
    private func add(groups: Int, to playlist: inout LivePlaylist, bytes: Int = 1) {
        for number in 0..<(groups * 5) {
            playlist.append(Array(repeating: 7, count: bytes), durationMs: 200, isKeyframe: number % 5 == 0)
        }
    }

    @Test func `there is no playlist before the first whole segment`() {
        var playlist = LivePlaylist()
        playlist.begin(initSegment: [1])
        add(groups: 1, to: &playlist)
        #expect(playlist.text == nil)
    }

    @Test func `segments are cut at keyframes and not shorter than a second`() {
        var playlist = LivePlaylist()
        playlist.begin(initSegment: [1])
        for number in 0..<13 { playlist.append([7], durationMs: 400, isKeyframe: number % 2 == 0) }
        #expect(playlist.segment(0)?.durationMs == 1_600 && playlist.segment(0)?.bytes.count == 4)
    }

    @Test func `a segment begins with a keyframe`() {
        var playlist = LivePlaylist()
        playlist.begin(initSegment: [1])
        playlist.append([9], durationMs: 200, isKeyframe: false)
        add(groups: 2, to: &playlist)
        #expect(playlist.segment(0)?.bytes == [7, 7, 7, 7, 7])
    }

    @Test func `ten are listed and forty kept`() {
        var playlist = LivePlaylist()
        playlist.begin(initSegment: [1])
        add(groups: 101, to: &playlist)
        let text = playlist.text ?? ""
        #expect(playlist.count == 40 && playlist.segment(59) == nil && playlist.segment(60) != nil)
        #expect(text.contains("#EXT-X-MEDIA-SEQUENCE:90\n") && text.contains("segment-99.m4s"))
        #expect(text.split(separator: "\n").filter { $0.hasPrefix("#EXTINF") }.count == 10)
    }

    @Test func `a new init is a discontinuity with a map of its own, and counts on when it leaves the list`() {
        var playlist = LivePlaylist()
        playlist.begin(initSegment: [1])
        add(groups: 2, to: &playlist)
        playlist.begin(initSegment: [2])
        add(groups: 3, to: &playlist)
        let lines = (playlist.text ?? "").split(separator: "\n").map(String.init)
        #expect(lines.filter { $0 == "#EXT-X-DISCONTINUITY" }.count == 1)
        #expect(
            lines.filter { $0.hasPrefix("#EXT-X-MAP") } == [
                "#EXT-X-MAP:URI=\"init-0.mp4\"", "#EXT-X-MAP:URI=\"init-1.mp4\"",
            ])
        #expect(playlist.initSegment(0) == [1] && playlist.initSegment(1) == [2])
        add(groups: 60, to: &playlist)
        #expect(playlist.text?.contains("#EXT-X-DISCONTINUITY-SEQUENCE:1\n") == true)
        #expect(playlist.initSegment(0) == nil)
    }

    @Test func `the target duration is never below a segment's, rounded`() {
        var playlist = LivePlaylist()
        playlist.begin(initSegment: [1])
        for _ in 0..<2 { playlist.append([7], durationMs: 2_600, isKeyframe: true) }
        #expect(playlist.text?.contains("#EXT-X-TARGETDURATION:3\n") == true)
        #expect(playlist.text?.contains("#EXTINF:2.600,\n") == true)
    }

    @Test func `without keyframes memory stays bounded`() {
        var limits = LivePlaylist.Limits()
        limits.segmentBytesMax = 100
        limits.bytesMax = 1_000
        var playlist = LivePlaylist(limits: limits)
        playlist.begin(initSegment: [1])
        playlist.append([7], durationMs: 200, isKeyframe: true)
        for _ in 0..<10_000 { playlist.append([7], durationMs: 200, isKeyframe: false) }
        #expect(playlist.count * 100 <= 1_100)
    }
}
