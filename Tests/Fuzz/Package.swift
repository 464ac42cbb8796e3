// swift-tools-version:6.2
import PackageDescription

// Build with ./run, which passes --sanitize fuzzer: that makes libFuzzer the main program.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6), .enableUpcomingFeature("ExistentialAny"), .unsafeFlags(["-parse-as-library"]),
]

func product(_ package: String, _ names: String...) -> [Target.Dependency] {
    names.map { .product(name: $0, package: package) }
}

let parsers =
    product(
        "Shared", "CoreTypes", "MediaWire", "Cryptography", "FragmentedMP4", "STUNCore", "HTTPServer", "ServiceAPI",
        "ServiceKit", "PeerWire", "PlayoutCore", "PeerCore")
    + product("CoOrdinate", "IngestCore") + product("Forward", "ForwardCore")

let package = Package(
    name: "Fuzz",
    dependencies: ["Shared", "CoOrdinate", "Forward"].map { .package(path: "../../\($0)") },
    targets: [
        .target(name: "FuzzHarness", swiftSettings: settings),
        .executableTarget(name: "fuzz", dependencies: parsers + ["FuzzHarness"], swiftSettings: settings),
    ]
)
