import IngestCore
import LibAV

/// Why a session cannot go on.
enum PackagerError: Error {
    case undecodable(String)
    case libav(AVError)
    case sampleTooLarge(ChunkCutter.SampleTooLarge)
    case unsupportedChange(String)

    var end: PackagerEnd {
        switch self {
        case .undecodable(let message): .undecodable(message)
        case .libav(let error): .failed(error.description)
        case .sampleTooLarge(let error): .failed(error.description)
        case .unsupportedChange(let message): .failed(message)
        }
    }
}

/// Runs a call of LibAV with the session's error type.
func libav<Result>(_ body: () throws(AVError) -> Result) throws(PackagerError) -> Result {
    do { return try body() } catch { throw .libav(error) }
}
