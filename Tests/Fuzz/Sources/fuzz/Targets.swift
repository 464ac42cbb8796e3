import CoreTypes
import Cryptography
import FragmentedMP4
import FuzzHarness
import MediaWire

/// Every parser of the repository. A new one is a line here, a seed in `corpus.py`, and nothing else.
let targets: [FuzzTarget] = [
    FuzzTarget("manifest", fuzzManifest),
    FuzzTarget("records", fuzzRecords),
    FuzzTarget("mp4-init") { _ = try InitSegment($0[...]) },
    FuzzTarget("mp4-fragment") { _ = try Fragment($0[...], header: header) },
    FuzzTarget("rebase", fuzzRebase),
    FuzzTarget("token", fuzzToken),
    FuzzTarget("key-file") { _ = try SigningKey(fileContents: $0) },
    FuzzTarget("ip", fuzzAddress),
    FuzzTarget("stream-name") { _ = try StreamName(String(decoding: $0, as: UTF8.self)) },
    FuzzTarget("base64", fuzzBase64),
    FuzzTarget("relay", fuzzRelay),
    FuzzTarget("peer-message", fuzzPeerMessage),
    FuzzTarget("peer-machine", fuzzPeerMachine),
    FuzzTarget("container", fuzzContainer),
    FuzzTarget("h264", fuzzH264),
    FuzzTarget("percent", fuzzPercent),
    FuzzTarget("url", fuzzURL),
    FuzzTarget("forwarded", fuzzForwarded),
    FuzzTarget("negotiation", fuzzNegotiation),
    FuzzTarget("quantity", fuzzQuantity),
    FuzzTarget("json", fuzzJSON),
    FuzzTarget("peer", fuzzPeer),
    FuzzTarget("stun", fuzzSTUN),
    FuzzTarget("sdp", fuzzSessionDescription),
    FuzzTarget("candidate", fuzzCandidate),
    FuzzTarget("dcep", fuzzDCEP),
]

private let chosen = FuzzTarget.chosen(from: targets)

/// What libFuzzer calls with each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt { chosen.run(data, count) }
