import Testing

@testable import TestPicture

struct TestPictureTests {
    @Test(arguments: [216, 320, 640, 854, 1280, 1920])
    func `the barcode reads back as drawn, at every usual width`(width: Int) {
        var picture = TestPicture(width: width, height: width * 9 / 16)
        for wall: Int64 in [0, 1, 1_700_000_000_123, (1 << 48) - 1, 0xaaaa_aaaa_aaaa] {
            picture.draw(number: 3, wall: wall)
            let drawn = picture.picture
            let read = TimeBarcode.read(width: drawn.width) { x, y in drawn.luma[y * drawn.width + x] }
            #expect(read == wall)
        }
    }

    @Test func `at 640 pixels a cell is 12 wide and the first begins at 16`() {
        var picture = TestPicture(width: 640, height: 360)
        picture.draw(number: 0, wall: 1 << 47)
        let row = picture.picture.luma[..<640]
        #expect(row[15] == 16)
        #expect(row[16] == 235)
        #expect(row[27] == 235)
        #expect(row[28] == 16)
    }

    @Test func `a grey cell or a narrow picture is not read`() {
        #expect(TimeBarcode.read(width: 640) { _, _ in 128 } == nil)
        #expect(TimeBarcode.read(width: 100) { _, _ in 16 } == nil)
        #expect(TimeBarcode.read(width: 640) { _, _ in nil } == nil)
    }

    @Test func `every frame differs from the one before, even at the same time`() {
        var picture = TestPicture(width: 320, height: 180)
        var last: [UInt8] = []
        for number in 0..<400 {
            picture.draw(number: number, wall: 5)
            #expect(picture.picture.luma != last)
            last = picture.picture.luma
        }
    }

    @Test func `the clock shows UTC with milliseconds, and every character of it has a glyph`() {
        #expect(TestPicture.clock(1_700_000_000_042) == "22:13:20.042 UTC")
        for character in "0123456789:.#UTC" {
            #expect(BitmapFont.rows(of: character).contains { $0 != 0 })
            #expect(BitmapFont.rows(of: character).count == BitmapFont.rows)
        }
    }

    @Test func `planes have the sizes of 4 2 0, and drawing outside the picture is harmless`() {
        var picture = Picture(width: 33, height: 17)
        #expect((picture.width, picture.height) == (32, 16))
        #expect((picture.luma.count, picture.cb.count, picture.cr.count) == (512, 128, 128))
        picture.fill(x: -10, y: -10, width: 1_000, height: 1_000, .white)
        #expect(picture.luma.allSatisfy { $0 == 235 })
        picture.fill(x: 40, y: 5, width: 3, height: 3, .black)
        #expect(picture.luma.allSatisfy { $0 == 235 })
    }

    @Test func `the tone is 1 kHz for the first tenth of each second and silence after`() {
        let tone = TestTone(sampleRate: 48_000)
        let second = tone.samples(from: 48_000 * 7, count: 48_000)
        #expect(second[4_800...].allSatisfy { $0 == 0 })
        let crossings = zip(second[..<4_800], second[1..<4_801]).count { ($0 < 0) != ($1 < 0) }
        #expect((196...202).contains(crossings))
        #expect((0.24...0.251).contains(second.max() ?? 0))
        #expect(tone.samples(from: 48_000 - 10, count: 20) == second.suffix(10) + second.prefix(10))
    }
}
