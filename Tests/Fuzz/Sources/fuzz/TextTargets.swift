import CoreTypes

/// The text of what parses as an address or a block parses to the same.
@Sendable func fuzzAddress(_ input: [UInt8]) throws {
    let text = String(decoding: input, as: UTF8.self)
    if let address = IPAddress(text) {
        precondition(IPAddress(address.description) == address, "an address has one text")
        precondition(IPNetwork(text)?.contains(address) == true, "a lone address is a block of itself")
    }
    if let network = IPNetwork(text) {
        precondition(IPNetwork(network.description) == network, "a block has one text")
        precondition(network.contains(network.base), "a block holds its base")
    }
}

/// Bytes have one text in each alphabet.
@Sendable func fuzzBase64(_ input: [UInt8]) throws {
    let text = String(decoding: input, as: UTF8.self)
    for alphabet in [Base64.standard, .url] {
        precondition(alphabet.decode(alphabet.encode(input)) == input, "bytes come back")
        guard let bytes = alphabet.decode(text) else { continue }
        precondition(alphabet.encode(bytes) == text, "bytes have one text")
    }
}
