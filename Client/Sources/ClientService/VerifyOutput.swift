import CoreTypes
import EventLoop
import LibAV
import PlayoutCore

/// Decodes everything that is released, as a player would.
@LoopActor
final class VerifyOutput: ChunkOutput {
    private let verifier: DecodeVerifier

    /// `onFirstFrame` is told when the first picture or sound was decoded. Throws when there is no thread for it.
    init(onFirstFrame: @escaping @LoopActor @Sendable (MonotonicInstant) -> Void) throws {
        verifier = try DecodeVerifier(firstFrame: {
            let now = Clock.now
            LoopActor.post { onFirstFrame(now) }
        })
    }

    /// Pictures decoded; frames of sound where there are no pictures.
    var framesDecoded: UInt64 {
        let counters = verifier.counters
        return UInt64(counters.framesDecoded > 0 ? counters.framesDecoded : counters.audioFramesDecoded)
    }

    var decodeErrors: UInt64 { UInt64(verifier.counters.decodeErrors) }

    func write(_ fragment: OutputTimeline.Fragment, of release: PlayoutBuffer.Release) {
        if let header = fragment.newInit { verifier.append(initSegment: header) }
        verifier.append(chunk: fragment.bytes, sequence: release.chunk.sequence)
    }

    func finish() async {
        let verifier = verifier
        // Decoding the rest blocks, which the loop must not.
        await withCheckedContinuation { done in
            guard
                (try? MediaThread(
                    name: "verify-end",
                    body: {
                        verifier.finish()
                        done.resume()
                    })) == nil
            else { return }
            done.resume()
        }
    }
}
