import EventLoop
import LibAV
import TestPicture

/// Draws, sounds and encodes the test picture.
final class TestPictureSource: PublishSource {
    let tracks: [FragmentMuxer.Track]
    private let framesPerSecond: Int
    private let pictures: PictureEncoder
    private let sound: SoundEncoder
    private let tone = TestTone(sampleRate: SoundEncoder.sampleRate)
    private var picture: TestPicture
    private var frame: Int64 = 0
    private var sample: Int64 = 0
    /// Samples from a full second of the wall clock to the first one.
    private let phase: Int64

    init(width: Int, height: Int, framesPerSecond: Int, bitsPerSecond: Int) throws(AVError) {
        self.framesPerSecond = framesPerSecond
        pictures = try PictureEncoder(
            width: width, height: height, framesPerSecond: framesPerSecond, bitsPerSecond: bitsPerSecond)
        sound = try SoundEncoder()
        picture = TestPicture(width: width, height: height)
        phase = Clock.wall % 1_000 * Int64(SoundEncoder.sampleRate) / 1_000
        tracks = [
            FragmentMuxer.Track(parameters: pictures.parameters, timeBase: PictureEncoder.timeBase),
            FragmentMuxer.Track(parameters: sound.parameters, timeBase: SoundEncoder.timeBase),
        ]
    }

    var nextTime: Int64? { time(ofFrame: frame) }

    func next() throws(AVError) -> [PublishPacket] {
        // Drawn at the last moment, so that the time in the picture is that of its making.
        picture.draw(number: Int(frame), wall: Clock.wall)
        let drawn = picture.picture
        let coded = try pictures.encode(luma: drawn.luma, cb: drawn.cb, cr: drawn.cr, pts: time(ofFrame: frame))
        var packets = coded.map { PublishPacket(packet: $0, track: 0) }
        frame += 1
        let samplesDue = time(ofFrame: frame) * Int64(SoundEncoder.sampleRate) / 90_000
        while sample + Int64(SoundEncoder.blockSamples) <= samplesDue {
            let block = tone.samples(from: sample &+ phase, count: SoundEncoder.blockSamples)
            packets += try sound.encode(block, pts: sample).map { PublishPacket(packet: $0, track: 1) }
            sample += Int64(SoundEncoder.blockSamples)
        }
        return packets
    }

    func skip(to time: Int64) { frame = max(frame, time * Int64(framesPerSecond) / 90_000) }

    private func time(ofFrame frame: Int64) -> Int64 { frame * 90_000 / Int64(framesPerSecond) }
}
