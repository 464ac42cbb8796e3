import CoreTypes

/// Cuts a byte stream, which may arrive in any portions, into records.
///
/// Call `append` with what arrived, then `next` until it returns nil; then no more than one record is ever stored. A
/// length above the limit of its kind is refused as soon as the header is there. Records of unknown kinds are skipped
/// without being stored. After an error the stream cannot be trusted to be in step: every further call throws the same.
public struct RecordParser: Sendable {
    private var buffer: [UInt8] = []
    /// Where the first byte not yet taken lies in `buffer`.
    private var start = 0
    /// Bytes of a record of unknown kind that are still to be dropped.
    private var skipping = 0
    private var failure: WireError?

    /// A parser at the start of a stream.
    public init() {}

    /// Bytes stored and not yet returned as a record. 0 between records: the stream may end here.
    public var bufferedCount: Int { buffer.count - start }

    /// True when the stream may end here: no record has begun.
    public var isBetweenRecords: Bool { bufferedCount == 0 && skipping == 0 && failure == nil }

    /// Takes the next bytes of the stream; after an error it drops them.
    public mutating func append(_ bytes: some Collection<UInt8>) {
        guard failure == nil else { return }
        guard skipping < bytes.count || bufferedCount > 0 else {
            skipping -= bytes.count
            return
        }
        makeRoom(for: bytes.count)
        buffer.append(contentsOf: bytes)
    }

    /// The next whole record, or nil when more bytes are needed. Throws `WireError`.
    public mutating func next() throws(WireError) -> Record? {
        if let failure { throw failure }
        do {
            return try parse()
        } catch {
            failure = error
            buffer = []
            start = 0
            throw error
        }
    }

    private mutating func parse() throws(WireError) -> Record? {
        while true {
            dropSkipped()
            guard skipping == 0, bufferedCount >= Record.headerBytes else { return nil }
            let length = buffer[start..<(start + 4)].reduce(0) { $0 << 8 | Int($1) }
            let kind = Record.Kind(rawValue: buffer[start + 4])
            let limit = kind?.bodyBytesMax ?? WireLimits.recordBodyBytesMax
            guard length <= limit else {
                throw .tooLong(field: kind.map { "\($0) record" } ?? "record", count: length, limit: limit)
            }
            guard let kind else {
                skipping = Record.headerBytes + length
                continue
            }
            let end = start + Record.headerBytes + length
            guard buffer.count >= end else { return nil }
            // The record copies its bytes out, so that the buffer stays uniquely held and appending never copies it.
            let record = try Record(kind: kind, body: buffer[(start + Record.headerBytes)..<end])
            start = end
            return record
        }
    }

    private mutating func dropSkipped() {
        let dropped = min(skipping, bufferedCount)
        start += dropped
        skipping -= dropped
    }

    /// Moves what is left to the front when at least half of the buffer has been taken: each byte moves at most once
    /// for every byte that was taken, so the cost stays linear in the length of the stream.
    private mutating func makeRoom(for count: Int) {
        guard start > 0, start >= buffer.count - start else { return }
        buffer.removeSubrange(0..<start)
        start = 0
        // A rare long record must not keep its memory for the rest of a long connection.
        if buffer.capacity > 1 << 20, buffer.count + count < 1 << 16 {
            var smaller: [UInt8] = []
            smaller.reserveCapacity(buffer.count + count)
            smaller.append(contentsOf: buffer)
            buffer = smaller
        }
    }
}
