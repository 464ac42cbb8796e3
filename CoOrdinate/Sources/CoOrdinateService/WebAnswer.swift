import Compression
import CoreTypes
import Cryptography
import HTTPServer

/// One file as it is given out: its bytes, plain and compressed, each with an entity tag of its own.
struct WebAnswer: Sendable {
    private struct Form: Sendable {
        let bytes: SharedBytes
        let entityTag: String
    }

    private let plain: Form
    /// Nil where it would save nothing.
    private let gzip: Form?
    private let isText: Bool
    private let headers: [(name: String, value: String)]

    init(_ bytes: [UInt8], type: String, isText: Bool, headers: [(name: String, value: String)]) {
        let hash = hexadecimal(SHA256.hash(bytes).prefix(8))
        plain = Form(bytes: SharedBytes(bytes), entityTag: "\"\(hash)\"")
        let compressed = isText ? Gzip.compressed(bytes) : nil
        gzip = compressed.flatMap { small in
            small.count < bytes.count ? Form(bytes: SharedBytes(small), entityTag: "\"\(hash)-gzip\"") : nil
        }
        self.isText = isText
        self.headers = [("Content-Type", type)] + headers
    }

    /// 200, or 304 for who has it already.
    func response(to request: HTTPRequest, caching: String) -> HTTPResponse {
        let isCompressed = gzip != nil && request.acceptsEncoding("gzip")
        let form = isCompressed ? gzip ?? plain : plain
        var headers = headers + [("ETag", form.entityTag), ("Cache-Control", caching)]
        if isText { headers.append(("Vary", "Accept-Encoding")) }
        // With the length of what is not sent (RFC 9110 §8.6): libmicrohttpd sends no body with this status.
        guard !request.hasCurrent(entityTag: form.entityTag) else {
            return HTTPResponse(status: 304, headers: headers, body: .shared(form.bytes))
        }
        if isCompressed { headers.append(("Content-Encoding", "gzip")) }
        return HTTPResponse(status: 200, headers: headers, body: .shared(form.bytes))
    }
}
