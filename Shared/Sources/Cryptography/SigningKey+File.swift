import CoreTypes
import Glibc

extension SigningKey {
    /// Longest key file that is read, in bytes.
    static let fileBytesMax = 256

    /// The key in the contents of a key file: 32 raw bytes, 64 hexadecimal digits, or base64 of 32 bytes (either
    /// alphabet); the text forms may end in white space. Throws `CryptographyError.malformedKeyFile` or `.refusedKey`.
    public init(fileContents contents: [UInt8]) throws(CryptographyError) {
        guard let seed = Self.seed(fileContents: contents) else { throw .malformedKeyFile }
        try self.init(seed: seed)
    }

    /// The key in a file, see `init(fileContents:)`. Throws `CryptographyError`.
    public init(file path: String) throws(CryptographyError) {
        guard let file = fopen(path, "re") else {
            throw .unreadableFile(path: path, reason: String(cString: strerror(errno)))
        }
        defer { fclose(file) }
        var contents = [UInt8](repeating: 0, count: Self.fileBytesMax + 1)
        let count = fread(&contents, 1, contents.count, file)
        guard ferror(file) == 0 else {
            throw .unreadableFile(path: path, reason: "reading failed, is it a regular file?")
        }
        try self.init(fileContents: Array(contents[..<count]))
    }

    private static func seed(fileContents contents: [UInt8]) -> [UInt8]? {
        if contents.count == seedBytes { return contents }
        guard contents.count <= fileBytesMax else { return nil }
        var text = contents[...]
        while let last = text.last, last == 10 || last == 13 || last == 32 || last == 9 { text.removeLast() }
        let string = String(decoding: text, as: UTF8.self)
        let candidates = [
            CoreTypes.bytes(hexadecimal: string), Base64.standard.decode(string), Base64.url.decode(string),
        ]
        return candidates.compactMap(\.self).first { $0.count == seedBytes }
    }
}
