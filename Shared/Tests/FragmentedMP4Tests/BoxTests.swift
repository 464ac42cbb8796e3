import CoreTypes
import FragmentedMP4
import TestSupport
import Testing

@Suite struct BoxTests {
    @Test func `boxes stand side by side, with 32-bit, 64-bit and open sizes`() throws {
        let wide = words32([1]) + words32([FourCC("wide").rawValue, 0, 20]) + [1, 2, 3, 4]
        let open = words32([0, FourCC("last").rawValue]) + [9, 9]
        let boxes = try Box.parse((box("free", [7]) + wide + open)[...], isTopLevel: true)
        #expect(boxes.map(\.type) == ["free", "wide", "last"])
        #expect(boxes.map { Array($0.payload) } == [[7], [1, 2, 3, 4], [9, 9]])
    }

    @Test func `an open size is for the top level only`() throws {
        let inner = box("moov", words32([0, FourCC("trak").rawValue]))
        let outer = try #require(try Box.parse(inner[...], isTopLevel: true).first)
        #expect(throws: MP4Error.badBoxSize("trak", size: 0)) { try outer.children() }
    }

    @Test func `sizes below the header or beyond the parent are refused`() {
        for size in [2, 7] as [UInt32] {
            #expect(throws: MP4Error.badBoxSize("free", size: UInt64(size))) {
                try Box.parse(words32([size, FourCC("free").rawValue])[...], isTopLevel: true)
            }
        }
        #expect(throws: MP4Error.boxOverrun("free", size: 9, available: 8)) {
            try Box.parse(words32([9, FourCC("free").rawValue])[...], isTopLevel: true)
        }
        for high in [0, UInt32.max] {
            #expect(throws: MP4Error.self) {
                try Box.parse(words32([1, FourCC("free").rawValue, high, 15])[...], isTopLevel: true)
            }
        }
        #expect(throws: MP4Error.badBoxSize("uuid", size: 8)) {
            try Box.parse((words32([8, FourCC("uuid").rawValue]) + pattern(16))[...], isTopLevel: true)
        }
        #expect(throws: MP4Error.self) { try Box.parse([0, 0, 0], isTopLevel: true) }
    }

    @Test func `a flood of empty boxes is cut off`() {
        let flood = [[UInt8]](repeating: box("free"), count: Box.siblingsMax + 1).flatMap { $0 }
        #expect(throws: MP4Error.tooMany("box", limit: Box.siblingsMax)) {
            try Box.parse(flood[...], isTopLevel: true)
        }
    }
}
