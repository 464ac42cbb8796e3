import COpenSSL
import EventLoop

/// The write side of a session: one `BIO_write` of OpenSSL is one datagram. A memory BIO would join the datagrams of a
/// flight into one run of bytes.
enum DatagramBIO {
    /// Bytes of a DTLS record that fit one datagram: 1,280 of IPv6's smallest MTU less IP, UDP and TURN headers.
    static let mtu = 1_225

    /// A BIO that hands datagrams to the session; nil without memory. The session outlives it.
    @LoopActor static func make(for session: DTLSSession) -> OpaquePointer? {
        guard let method, let bio = BIO_new(method) else { return nil }
        BIO_set_data(bio, Unmanaged.passUnretained(session).toOpaque())
        return bio
    }

    @LoopActor private static let method: OpaquePointer? = {
        guard let method = BIO_meth_new(p2p_bio_type(), "datagrams") else { return nil }
        BIO_meth_set_create(method) { bio in
            BIO_set_init(bio, 1)
            return 1
        }
        BIO_meth_set_write(method) { bio, bytes, count in
            guard let bytes, count > 0, let context = BIO_get_data(bio) else { return -1 }
            let session = Unmanaged<DTLSSession>.fromOpaque(context)
            // Proof: stays on this thread, assumeIsolated runs its body in place.
            nonisolated(unsafe) let datagram = UnsafeRawBufferPointer(start: bytes, count: Int(count))
            LoopActor.assumeIsolated { session.takeUnretainedValue().transmit(datagram) }
            return count
        }
        BIO_meth_set_ctrl(method) { _, command, _, _ in
            switch Int(command) {
            case P2P_BIO_QUERY_MTU: mtu
            case P2P_BIO_FLUSH, P2P_BIO_DUPLICATE: 1
            default: 0
            }
        }
        return method
    }()
}
