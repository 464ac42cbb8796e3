import EventLoop
import HTTPServer
import Testing

/// A server that takes what publishers push, as a coordinate does.
@LoopActor
final class PublishServer {
    /// One publisher connection.
    @LoopActor final class Connection: UploadSink {
        let request: HTTPRequest
        let control: UploadControl
        private(set) var bytes: [UInt8] = []
        private(set) var hasEndedProperly = false
        private(set) var isLost = false

        init(_ request: HTTPRequest, _ control: UploadControl) {
            self.request = request
            self.control = control
        }

        func receive(_ bytes: UnsafeRawBufferPointer) -> Int {
            self.bytes.append(contentsOf: bytes)
            return bytes.count
        }

        func finish() -> HTTPReply {
            hasEndedProperly = true
            return .now(.text("done"))
        }

        func abort() { isLost = true }
    }

    let server: HTTPServer
    /// What publishers are refused with; nil takes them.
    var refusal: Int?
    private(set) var connections: [Connection] = []
    private(set) var refused = 0

    init() throws {
        let router = Router()
        let address = try #require(ListenAddress("127.0.0.1:0"))
        server = HTTPServer(HTTPServer.Configuration(listen: [address]), router: router)
        router.upload([.post], "/stream/:name") { [weak self] request in
            guard let self else { return .refuse(Problem(503, "gone", "gone").response) }
            if let refusal {
                refused += 1
                return .refuse(Problem(refusal, "refused", "refused for the test").response)
            }
            return .accept { control in
                let connection = Connection(request, control)
                self.connections.append(connection)
                return connection
            }
        }
        try server.start()
    }

    var url: String { "http://\(server.addresses[0])" }
}
