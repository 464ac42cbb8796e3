import CoreTypes
import TestSupport
import Testing

@Suite struct ByteCodingTests {
    @Test func `numbers are big-endian`() throws {
        var writer = ByteWriter(capacity: 8)
        writer.write(UInt8(1))
        writer.write(UInt16(0x0203))
        writer.write(UInt32(0x0405_0607))
        writer.write(UInt64(0x0809_0a0b_0c0d_0e0f))
        #expect(writer.bytes == Array(1...15))
        var reader = ByteReader(writer.bytes)
        #expect(try reader.read(UInt8.self) == 1)
        #expect(try reader.read(UInt16.self) == 0x0203)
        #expect(try reader.read(UInt32.self) == 0x0405_0607)
        #expect(try reader.read(UInt64.self) == 0x0809_0a0b_0c0d_0e0f)
        #expect(reader.remaining == 0)
    }

    @Test func `reading past the end names what is missing and takes nothing`() throws {
        var reader = ByteReader([1, 2, 3])
        #expect(throws: ByteReader.Truncated.self) { try reader.read(UInt32.self) }
        #expect(throws: ByteReader.Truncated.self) { try reader.slice(4) }
        #expect(throws: ByteReader.Truncated.self) { try reader.slice(-1) }
        #expect(throws: ByteReader.Truncated.self) { try reader.slice(Int.max) }
        #expect(reader.offset == 0)
        #expect(Array(try reader.slice(2)) == [1, 2])
        #expect(Array(reader.rest()) == [3])
        #expect(reader.remaining == 0)
    }

    @Test func `a slice is read from its own first byte`() throws {
        let bytes: [UInt8] = [9, 9, 0, 7, 9]
        var reader = ByteReader(bytes[2..<4])
        #expect(try reader.read(UInt16.self) == 7)
        #expect(reader.remaining == 0)
    }

    @Test func `hexadecimal text comes back and odd or foreign text is refused`() {
        let all = (0...255).map { UInt8($0) }
        #expect(bytes(hexadecimal: hexadecimal(all)) == all)
        #expect(bytes(hexadecimal: "aBcD") == [0xab, 0xcd])
        for text in ["a", "0g", "é", "0x00", " 0"] { #expect(bytes(hexadecimal: text) == nil, "\(text)") }
    }

    @Test func `a random id is 32 digits and follows from its generator`() {
        var first = SeededGenerator(seed: 4), second = SeededGenerator(seed: 4)
        let id = RandomID(using: &first)
        #expect(id == RandomID(using: &second))
        #expect(RandomID(id.description) == id)
        #expect(RandomID("00") == nil)
        #expect(RandomID(bytes: [1]) == nil)
    }
}
