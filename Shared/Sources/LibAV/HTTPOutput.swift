import CLibAV
import CLinux
import Synchronization

/// Pushes a live stream to an HTTP server through libavformat's own client, as ffmpeg does: an endless chunked POST of
/// MPEG-TS, or Matroska where a codec needs that. Blocks; for one thread.
public final class HTTPOutput {
    /// Why there is no output, or no longer.
    public enum Failure: Error, Hashable, Sendable, CustomStringConvertible {
        /// 401 or 403: the key is wrong or missing.
        case unauthorized
        /// 404: the server takes no streams at this address.
        case notFound
        /// Another 4xx: somebody else is publishing, or the name or media are refused.
        case refused
        /// 5xx.
        case serverError
        /// No connection, or it was lost.
        case unreachable(AVError)
        /// The media do not fit into the container.
        case unusable(AVError)
        /// The stop flag was raised, and the server did not take the rest in time.
        case stopped

        /// What happened and what to try.
        public var description: String {
            switch self {
            case .unauthorized: "the server refused the key (401 or 403); give the stream's key with --key"
            case .notFound: "the server takes no streams there (404); publish to http://HOST:PORT/stream/NAME"
            case .refused:
                "the server refused the stream (4xx): somebody else may be publishing it, or the name is not allowed"
            case .serverError: "the server has an error of its own (5xx); its log tells more"
            case .unreachable(let error): "\(error)"
            case .unusable(let error): "\(error)"
            case .stopped: "stopped"
            }
        }
    }

    /// Asks for the end from any thread: the owner of the output finishes it, and what still blocks a second later is
    /// given up.
    public final class StopFlag: Sendable {
        private static let graceNanoseconds: UInt64 = 1_000_000_000
        /// When it was raised, by the monotonic clock; 0 while it is not.
        private let raisedAt = Atomic<UInt64>(0)
        /// Not raised.
        public init() {}
        /// Asks for the end. For good.
        public func raise() {
            _ = raisedAt.compareExchange(expected: 0, desired: p2p_monotonic_ns(), ordering: .relaxed)
        }
        /// True once raised.
        public var isRaised: Bool { raisedAt.load(ordering: .relaxed) != 0 }
        /// True a second after: connecting and sending fail.
        var isOverdue: Bool {
            isRaised && p2p_monotonic_ns() - raisedAt.load(ordering: .relaxed) > Self.graceNanoseconds
        }
    }

    /// Codecs that MPEG-TS carries and demuxers recognise.
    private static let transportStreamCodecs: Set<String> = [
        "h264", "hevc", "mpeg1video", "mpeg2video", "aac", "mp2", "mp3", "ac3", "opus",
    ]

    private let context: UnsafeMutablePointer<AVFormatContext>
    private let flag: StopFlag
    private let timeBases: [Rational]

    /// Connects to `url` and begins to publish `tracks`, to which packets refer by position. `send_expect_100` makes the
    /// server answer before anything is sent, so that a refusal arrives as a status. Throws `Failure`.
    public init(url: String, bearer: String?, tracks: [FragmentMuxer.Track], flag: StopFlag) throws(Failure) {
        _ = LibAVLog.isQuiet
        self.flag = flag
        let fits = tracks.allSatisfy { Self.transportStreamCodecs.contains($0.parameters.codecName) }
        var created: UnsafeMutablePointer<AVFormatContext>?
        do {
            try check(
                avformat_alloc_output_context2(&created, nil, fits ? "mpegts" : "matroska", nil), "allocate the muxer")
            context = try allocated(created, "allocate the muxer")
        } catch { throw .unusable(error) }
        do throws(Failure) {
            let headers = Self.headers(bearer: bearer, type: fits ? "video/mp2t" : "video/x-matroska")
            timeBases = try Self.open(context, url: url, headers: headers, tracks: tracks, flag: flag)
        } catch {
            avio_closep(&context.pointee.pb)
            avformat_free_context(context)
            throw error
        }
    }

    deinit {
        avio_closep(&context.pointee.pb)
        avformat_free_context(context)
    }

    /// Writes a packet, whose times count in its track's time base, and sends it at once. Packets of all tracks come in
    /// the order of their decode times. Throws `Failure`.
    public func write(_ packet: Packet, track: Int, timeBase: Rational) throws(Failure) {
        av_packet_rescale_ts(packet.pointer, timeBase.libav, timeBases[track].libav)
        packet.streamIndex = track
        packet.pointer.pointee.pos = -1
        let status = av_write_frame(context, packet.pointer)
        // A refused packet and a broken connection look alike but for the state of the connection.
        if status == p2p_AVERROR_EINVAL, context.pointee.pb.pointee.error >= 0 {
            throw .unusable(AVError(code: status, operation: "write a packet"))
        }
        guard status >= 0 else { throw Self.failure(status, "send to the server", flag) }
        avio_flush(context.pointee.pb)
        let error = context.pointee.pb.pointee.error
        guard error >= 0 else { throw Self.failure(error, "send to the server", flag) }
    }

    /// Ends the stream properly, so that the server need not wait for a reconnect.
    public func finish() { av_write_trailer(context) }

    /// Never empty: libav would send an empty option as the empty line that ends the head.
    private static func headers(bearer: String?, type: String) -> String {
        let key = bearer.map { "Authorization: Bearer \($0.filter { !$0.isNewline })\r\n" } ?? ""
        return "Content-Type: \(type)\r\n" + key
    }

    private static func open(
        _ context: UnsafeMutablePointer<AVFormatContext>, url: String, headers: String,
        tracks: [FragmentMuxer.Track], flag: StopFlag
    ) throws(Failure) -> [Rational] {
        do {
            for track in tracks {
                let stream = try allocated(avformat_new_stream(context, nil), "add a track")
                try check(
                    avcodec_parameters_copy(stream.pointee.codecpar, track.parameters.pointer), "copy parameters")
                stream.pointee.codecpar.pointee.codec_tag = 0
                stream.pointee.time_base = track.timeBase.libav
            }
        } catch { throw .unusable(error) }
        // The flag outlives the context: it is a stored property of this object.
        context.pointee.interrupt_callback = AVIOInterruptCB(
            callback: { opaque in
                guard let opaque else { return 0 }
                return Unmanaged<StopFlag>.fromOpaque(opaque).takeUnretainedValue().isOverdue ? 1 : 0
            }, opaque: Unmanaged.passUnretained(flag).toOpaque())
        let status = withOptions([
            "method": "POST", "chunked_post": "1", "send_expect_100": "1", "headers": headers,
            "user_agent": "p2plive", "rw_timeout": "5000000",
        ]) { avio_open2(&context.pointee.pb, url, AVIO_FLAG_WRITE, &context.pointee.interrupt_callback, &$0) }
        guard status >= 0 else { throw failure(status, "publish to the server", flag) }
        // Sound frames in PES packets of their own and short clusters: both wait for a third of a second otherwise.
        let written = withOptions([
            "pes_payload_size": "0", "cluster_time_limit": "100", "flush_packets": "1",
            "avoid_negative_ts": "disabled",
        ]) { avformat_write_header(context, &$0) }
        guard written >= 0 else {
            throw .unusable(AVError(code: written, operation: "put these codecs into a live stream"))
        }
        return tracks.indices.map { index in
            context.pointee.streams[index].map { Rational($0.pointee.time_base) } ?? .ninetyKilohertz
        }
    }

    private static func failure(_ code: Int32, _ operation: String, _ flag: StopFlag) -> Failure {
        if flag.isRaised { return .stopped }
        return switch code {
        case httpTag("401"), httpTag("403"): .unauthorized
        case httpTag("404"): .notFound
        case httpTag("400"), httpTag("4XX"): .refused
        case httpTag("5XX"): .serverError
        default: .unreachable(AVError(code: code, operation: operation))
        }
    }

    /// libav's code for a refused request, `FFERRTAG(0xF8, '4', '0', '1')`: a macro that Swift does not see.
    private static func httpTag(_ status: String) -> Int32 {
        let digits = Array(status.utf8)
        return -(0xf8 | Int32(digits[0]) << 8 | Int32(digits[1]) << 16 | Int32(digits[2]) << 24)
    }
}
