// swift-tools-version:6.2
import PackageDescription

let settings: [SwiftSetting] = [.swiftLanguageMode(.v6), .enableUpcomingFeature("ExistentialAny")]

func shared(_ names: String...) -> [Target.Dependency] { names.map { .product(name: $0, package: "Shared") } }

let package = Package(
    name: "Tracker",
    products: [
        .executable(name: "tracker", targets: ["tracker"]),
        // For benchmarks.
        .executable(name: "tracker-load", targets: ["tracker-load"]),
        .executable(name: "tracker-crowd", targets: ["tracker-crowd"]),
        .library(name: "OverlayCore", targets: ["OverlayCore"]),
    ],
    dependencies: [
        .package(path: "../Shared"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    ],
    targets: [
        // Layer 0: which peer gets which stripe from whom; no I/O, no clock.
        .target(name: "OverlayCore", dependencies: shared("CoreTypes"), swiftSettings: settings),
        // Layer 1: a swarm around an overlay, what its peers are told, and whom it believes; no I/O, no clock.
        .target(
            name: "SwarmCore", dependencies: ["OverlayCore"] + shared("CoreTypes"), swiftSettings: settings),
        // Whole swarms on a virtual clock: this package's overlay and the viewers' own code; no I/O.
        .target(
            name: "SwarmSimulation",
            dependencies: ["SwarmCore", "OverlayCore"]
                + shared("CoreTypes", "MediaWire", "PeerCore", "PlayoutCore", "SafetyNet"),
            swiftSettings: settings),
        // Layer 1: clocks and the memory of the process around an overlay of many viewers.
        .target(
            name: "OverlayMeasure", dependencies: ["OverlayCore"] + shared("CoreTypes"), swiftSettings: settings),
        .target(
            name: "TrackerService",
            dependencies: ["SwarmCore", .product(name: "Logging", package: "swift-log")]
                + shared(
                    "CoreTypes", "Cryptography", "EventLoop", "HTTPServer", "HTTPClient", "STUNCore", "ServiceAPI",
                    "ServiceKit"),
            swiftSettings: settings),
        .executableTarget(
            name: "tracker",
            dependencies: [
                "TrackerService", "SwarmSimulation", "OverlayMeasure",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]
                + shared("ServiceKit", "HTTPServer", "CoreTypes", "ServiceAPI", "EventLoop"),
            swiftSettings: settings),
        .executableTarget(
            name: "tracker-load",
            dependencies: [.product(name: "ArgumentParser", package: "swift-argument-parser")]
                + shared("CoreTypes", "EventLoop", "HTTPServer", "ServiceAPI", "ServiceKit"),
            path: "Tests/TrackerLoad", swiftSettings: settings),
        .executableTarget(
            name: "tracker-crowd",
            dependencies: ["TrackerService", .product(name: "ArgumentParser", package: "swift-argument-parser")]
                + shared("CoreTypes", "EventLoop", "HTTPServer", "ServiceAPI", "ServiceKit"),
            path: "Tests/TrackerCrowd", swiftSettings: settings),
        .testTarget(
            name: "OverlayCoreTests", dependencies: ["OverlayCore"] + shared("CoreTypes"), swiftSettings: settings),
        .testTarget(
            name: "SwarmCoreTests", dependencies: ["SwarmCore", "OverlayCore"] + shared("CoreTypes"),
            swiftSettings: settings),
        .testTarget(
            name: "SwarmSimulationTests", dependencies: ["SwarmSimulation"] + shared("CoreTypes"),
            swiftSettings: settings),
        .testTarget(
            name: "TrackerServiceTests",
            dependencies: ["TrackerService", "SwarmCore"]
                + shared(
                    "CoreTypes", "Cryptography", "EventLoop", "HTTPServer", "HTTPClient", "STUNCore", "ServiceAPI",
                    "ServiceKit",
                    "TestSupport"),
            swiftSettings: settings),
    ]
)
