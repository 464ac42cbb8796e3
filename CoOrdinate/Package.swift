// swift-tools-version:6.2
import PackageDescription

/// Every target is Swift 6 with strict concurrency; protocols used as types are spelled `any P`.
let settings: [SwiftSetting] = [.swiftLanguageMode(.v6), .enableUpcomingFeature("ExistentialAny")]

/// A library of the Shared package.
func shared(_ name: String) -> Target.Dependency { .product(name: name, package: "Shared") }

let package = Package(
    name: "CoOrdinate",
    products: [
        .executable(name: "coordinate", targets: ["coordinate"]),
        .library(name: "IngestCore", targets: ["IngestCore"]),
        .library(name: "Packager", targets: ["Packager"]),
    ],
    dependencies: [
        .package(path: "../Shared"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    ],
    targets: [
        .systemLibrary(name: "CMaxMindDB", pkgConfig: "libmaxminddb", providers: [.apt(["libmaxminddb-dev"])]),

        // Layer 0: values and state machines, no I/O, no clock.
        .target(name: "IngestCore", dependencies: [shared("CoreTypes")], swiftSettings: settings),
        .target(name: "AssignmentCore", dependencies: [shared("CoreTypes")], swiftSettings: settings),
        .target(name: "StreamCore", dependencies: [shared("CoreTypes"), shared("MediaWire")], swiftSettings: settings),

        .target(name: "WebCore", swiftSettings: settings),

        // Layer 1: publisher bytes to chunks, on a thread of its own.
        .target(name: "Packager", dependencies: ["IngestCore", shared("LibAV")], swiftSettings: settings),

        // Layer 2: sockets, streams and routes around them.
        .target(
            name: "CoOrdinateService",
            dependencies: [
                "AssignmentCore", "StreamCore", "IngestCore", "WebCore", "Packager", "CMaxMindDB",
                shared("CoreTypes"), shared("MediaWire"), shared("Cryptography"), shared("LibAV"),
                shared("Compression"), shared("EventLoop"),
                shared("HTTPServer"), shared("HTTPClient"), shared("FanOut"), shared("ServiceAPI"),
                shared("ServiceKit"), .product(name: "Logging", package: "swift-log"),
            ], swiftSettings: settings),
        .executableTarget(
            name: "coordinate",
            dependencies: [
                "CoOrdinateService", "StreamCore", shared("ServiceKit"), shared("HTTPServer"), shared("CoreTypes"),
                shared("Cryptography"), shared("EventLoop"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], swiftSettings: settings),

        .testTarget(
            name: "IngestCoreTests", dependencies: ["IngestCore", shared("CoreTypes")], swiftSettings: settings),
        .testTarget(
            name: "PackagerTests", dependencies: ["Packager", "IngestCore", shared("LibAV"), shared("CoreTypes")],
            swiftSettings: settings),
        .testTarget(name: "WebCoreTests", dependencies: ["WebCore"], swiftSettings: settings),
        .testTarget(
            name: "AssignmentCoreTests", dependencies: ["AssignmentCore", shared("CoreTypes")],
            swiftSettings: settings),
        .testTarget(
            name: "StreamCoreTests", dependencies: ["StreamCore", shared("CoreTypes"), shared("MediaWire")],
            swiftSettings: settings),
        .testTarget(
            name: "CoOrdinateServiceTests",
            dependencies: [
                "CoOrdinateService", "AssignmentCore", "StreamCore", "Packager", "coordinate", shared("CoreTypes"),
                shared("HTTPServer"), shared("HTTPClient"), shared("EventLoop"), shared("ServiceAPI"),
                shared("ServiceKit"), shared("Cryptography"), shared("MediaWire"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ], swiftSettings: settings),
    ]
)
