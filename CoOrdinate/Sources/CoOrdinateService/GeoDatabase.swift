import AssignmentCore
import CMaxMindDB
import CoreTypes
import EventLoop
import HTTPServer
import ServiceKit

/// A MaxMind database file (MMDB format 2.0) that tells where addresses are.
@LoopActor
final class GeoDatabase {
    private let handle: UnsafeMutablePointer<MMDB_s>

    /// Opens a file. Throws `UsageError` that says why it cannot be used.
    init(path: String) throws(UsageError) {
        let handle = UnsafeMutablePointer<MMDB_s>.allocate(capacity: 1)
        handle.initialize(to: MMDB_s())
        let status = MMDB_open(path, UInt32(MMDB_MODE_MMAP), handle)
        guard status == MMDB_SUCCESS else {
            handle.deallocate()
            throw UsageError("--geo: cannot use \(path): \(String(cString: MMDB_strerror(status)))")
        }
        // Last: once all is initialised, a throw would run the deinit, which closes what was never opened.
        self.handle = handle
    }

    isolated deinit {
        MMDB_close(handle)
        handle.deallocate()
    }

    /// Where an address is; nil when the database does not know.
    func place(of address: IPAddress) -> GeoPoint? {
        var (latitude, longitude) = (0.0, 0.0)
        let found = SocketAddress(address, 0).withPointer { pointer, _ in
            p2p_mmdb_location(handle, pointer, &latitude, &longitude)
        }
        return found == 1 ? GeoPoint(latitude: latitude, longitude: longitude) : nil
    }
}
