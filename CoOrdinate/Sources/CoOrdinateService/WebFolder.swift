import FoundationEssentials
import Glibc
import ServiceKit
import WebCore

/// The folder with the viewer's files, read once.
enum WebFolder {
    /// Most files, most bytes of one and of all, and the depth of folders: far more than the viewer has.
    static let filesMax = 1_000, fileBytesMax = 2 << 20, bytesMax = 16 << 20, depthMax = 8

    /// Where the files are when nobody says: beside the program, as it is built and as it is installed, or in the
    /// repository from which it is run. Nil when they are in none of these.
    static func found() -> String? {
        // Where the program itself is, whatever links lead to it.
        let program = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let folder = program?.lastIndex(of: "/").flatMap { end in program.map { String($0[..<end]) } } ?? "."
        return found(among: ["\(folder)/../Client/Web", "\(folder)/../share/p2plive/web", "Client/Web"])
    }

    /// The first folder of these.
    static func found(among paths: [String]) -> String? {
        paths.first { path in
            var isFolder = false
            return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder
        }
    }

    /// What is in the files that are given out, by path. Links within the folder are not followed. Throws `UsageError` when
    /// the folder cannot be read or holds more than it may.
    static func read(_ path: String) throws(UsageError) -> [String: [UInt8]] {
        guard let root = realpath(path, nil) else {
            throw UsageError("--web: cannot read \(path): \(String(cString: strerror(errno)))")
        }
        defer { free(root) }
        var contents: [String: [UInt8]] = [:]
        var total = 0
        try collect("", of: String(cString: root), depth: 0, into: &contents, &total)
        return contents
    }

    private static func collect(
        _ folder: String, of root: String, depth: Int, into contents: inout [String: [UInt8]], _ total: inout Int
    ) throws(UsageError) {
        let names: [String]
        do { names = try FileManager.default.contentsOfDirectory(atPath: root + folder) } catch {
            throw UsageError("--web: \(root)\(folder) is no folder that can be read")
        }
        for name in names.sorted() {
            let path = "\(folder)/\(name)"
            var status = stat()
            guard lstat(root + path, &status) == 0 else { continue }
            if status.st_mode & S_IFMT == S_IFDIR, WebFileName.mayHoldFiles(name), depth < depthMax {
                try collect(path, of: root, depth: depth + 1, into: &contents, &total)
            }
            let key = String(path.dropFirst())
            guard status.st_mode & S_IFMT == S_IFREG, WebFileName.type(of: key) != nil else { continue }
            total += status.st_size
            guard contents.count < filesMax, status.st_size <= fileBytesMax, total <= bytesMax else {
                throw UsageError(
                    "--web: \(root) holds more than the viewer: at most \(filesMax) files of 2 MiB, 16 MiB in all")
            }
            let bytes = try readFile(root + path, flag: "--web")
            guard bytes.count == status.st_size else {
                throw UsageError("--web: \(root)\(path) changes while it is read")
            }
            contents[key] = bytes
        }
    }
}
