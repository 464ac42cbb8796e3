import CMicroHTTPD
import Glibc

/// The bytes of a whole answer, for a sender that is still in the midst of its body: libmicrohttpd 0.9.75 answers whole
/// requests only.
func earlyAnswer(_ response: HTTPResponse, standardHeaders: [(name: String, value: String)]) -> [UInt8] {
    let body: [UInt8] =
        switch response.body {
        case .bytes(let bytes): bytes
        case .shared(let shared): Array(shared.buffer)
        }
    let phrase = MHD_get_reason_phrase_for(UInt32(response.status)).map { String(cString: $0) } ?? ""
    var head = "HTTP/1.1 \(response.status) \(phrase)\r\n"
    for (name, value) in standardHeaders + response.headers { head += "\(name): \(value)\r\n" }
    head += "Content-Length: \(body.count)\r\nConnection: close\r\n\r\n"
    return Array(head.utf8) + body
}
