import CoreTypes
import Testing

@testable import IngestCore

@Suite struct ParameterGateTests {
    /// V picture, K keyframe, A sound; a trailing * changes the parameters; the number is the time in ms.
    private func run(_ script: String, hasVideo: Bool = true, hasAudio: Bool = true) -> String {
        var gate = ParameterGate<String>(hasVideo: hasVideo, hasAudio: hasAudio)
        var output: [String] = []
        func note(_ actions: [ParameterGate<String>.Action]) {
            for action in actions {
                switch action {
                case .switchParameters: output.append("|")
                case .write(let payload): output.append(payload)
                }
            }
        }
        for word in script.split(separator: " ") {
            let digits = word.dropFirst().prefix { $0.isNumber }
            note(
                gate.add(
                    .init(
                        isVideo: word.first != "A", isKeyframe: word.first == "K", dts: (Int64(digits) ?? 0) * 90,
                        changesParameters: word.hasSuffix("*"), payload: String(word))))
        }
        note(gate.finish())
        return output.joined(separator: " ")
    }

    @Test func `without changes everything passes`() {
        #expect(run("K0 A0 V33 A20") == "K0 A0 V33 A20")
    }

    @Test func `a change of pictures waits for the sound around it`() {
        #expect(run("V0 K33* V66 A20 V99 A40 V132") == "V0 A20 | K33* V66 V99 A40 V132")
    }

    @Test func `pictures and sound that change together switch once`() {
        #expect(run("V0 K33* V66 A20 A33* A53 V99") == "V0 A20 | K33* V66 A33* A53 V99")
    }

    @Test func `sound that changes first waits for the next keyframe`() {
        #expect(run("V0 A0* V33 A20 K66* V99") == "V0 V33 | A0* A20 K66* V99")
    }

    @Test func `a change without the other kind of track is immediate`() {
        #expect(run("K0 K33* V66", hasAudio: false) == "K0 | K33* V66")
        #expect(run("A0 A20* A40", hasVideo: false) == "A0 | A20* A40")
    }

    @Test func `the wait for sound ends after half a second, and at the end of the input`() {
        #expect(run("K0* V100 V200 V300 V400 V501 V600") == "| K0* V100 V200 V300 V400 V501 V600")
        #expect(run("K0* V100") == "| K0* V100")
    }

    @Test func `samples of each track keep their order and none is invented`() {
        let seed: UInt64 = 21
        var generator = SeededGenerator(seed: seed)
        for round in 0..<500 {
            var gate = ParameterGate<(Bool, Int)>(hasVideo: true, hasAudio: true)
            var last = [true: -1, false: -1]
            var count = 0
            func note(_ actions: [ParameterGate<(Bool, Int)>.Action]) {
                for case .write(let (isVideo, index)) in actions {
                    #expect(index > last[isVideo] ?? -1, "seed \(seed), round \(round)")
                    last[isVideo] = index
                    count += 1
                }
            }
            for index in 0..<200 {
                let isVideo = Bool.random(using: &generator), isKey = Int.random(in: 0..<10, using: &generator) == 0
                let changes = Int.random(in: 0..<20, using: &generator) == 0 && (!isVideo || isKey)
                note(
                    gate.add(
                        .init(
                            isVideo: isVideo, isKeyframe: isKey, dts: Int64(index) * 3_000, changesParameters: changes,
                            payload: (isVideo, index))))
            }
            note(gate.finish())
            #expect(count + gate.dropped == 200, "seed \(seed), round \(round)")
        }
    }
}
