// swift-tools-version:6.2
import PackageDescription

/// Every target is Swift 6 with strict concurrency; protocols used as types are spelled `any P`.
let settings: [SwiftSetting] = [.swiftLanguageMode(.v6), .enableUpcomingFeature("ExistentialAny")]

/// A library of the Shared package.
func shared(_ name: String) -> Target.Dependency { .product(name: name, package: "Shared") }

let package = Package(
    name: "CoOrdinate",
    products: [
        .library(name: "IngestCore", targets: ["IngestCore"]),
        .library(name: "Packager", targets: ["Packager"]),
    ],
    dependencies: [
        .package(path: "../Shared")
    ],
    targets: [
        // Layer 0: values and state machines, no I/O, no clock.
        .target(name: "IngestCore", dependencies: [shared("CoreTypes")], swiftSettings: settings),

        // Layer 1: publisher bytes to chunks, on a thread of its own.
        .target(name: "Packager", dependencies: ["IngestCore", shared("LibAV")], swiftSettings: settings),

        .testTarget(
            name: "IngestCoreTests", dependencies: ["IngestCore", shared("CoreTypes")], swiftSettings: settings),
        .testTarget(
            name: "PackagerTests", dependencies: ["Packager", "IngestCore", shared("LibAV"), shared("CoreTypes")],
            swiftSettings: settings),
    ]
)
