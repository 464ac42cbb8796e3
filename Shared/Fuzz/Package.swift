// swift-tools-version:6.2
import PackageDescription

// Build with ./run, which passes --sanitize fuzzer: that makes libFuzzer the main program.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6), .enableUpcomingFeature("ExistentialAny"), .unsafeFlags(["-parse-as-library"]),
]

let shared = ["CoreTypes", "MediaWire", "Cryptography", "FragmentedMP4"].map { name in
    Target.Dependency.product(name: name, package: "Shared")
}

let package = Package(
    name: "Fuzz",
    products: [.library(name: "FuzzHarness", targets: ["FuzzHarness"])],
    dependencies: [.package(name: "Shared", path: "..")],
    targets: [
        .target(name: "FuzzHarness", swiftSettings: settings),
        .executableTarget(name: "fuzz", dependencies: shared + ["FuzzHarness"], swiftSettings: settings),
    ]
)
