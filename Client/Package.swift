// swift-tools-version:6.2
import PackageDescription

/// Every target is Swift 6 with strict concurrency; protocols used as types are spelled `any P`.
let settings: [SwiftSetting] = [.swiftLanguageMode(.v6), .enableUpcomingFeature("ExistentialAny")]

/// Libraries of the Shared package.
func shared(_ names: String...) -> [Target.Dependency] { names.map { .product(name: $0, package: "Shared") } }

let log: Target.Dependency = .product(name: "Logging", package: "swift-log")

let package = Package(
    name: "Client",
    products: [
        .executable(name: "client", targets: ["client"]),
        .library(name: "PlayoutCore", targets: ["PlayoutCore"]),
        .library(name: "PeerCore", targets: ["PeerCore"]),
    ],
    dependencies: [
        .package(path: "../Shared"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    ],
    targets: [
        // Layer 0: what a viewer decides, what a playlist says, what the test picture shows; no I/O, no clock.
        .target(
            name: "PlayoutCore", dependencies: shared("CoreTypes", "MediaWire", "FragmentedMP4"),
            swiftSettings: settings),
        .target(
            name: "PeerCore",
            dependencies: ["PlayoutCore", .product(name: "DequeModule", package: "swift-collections")]
                + shared("CoreTypes", "MediaWire"),
            swiftSettings: settings),
        .target(name: "HLSCore", dependencies: shared("CoreTypes"), swiftSettings: settings),
        .target(name: "TestPicture", swiftSettings: settings),
        // Layer 2: the coordinate's API, forwards, outputs and the publisher around them.
        .target(
            name: "ClientService",
            dependencies: ["PeerCore", "PlayoutCore", "HLSCore", "TestPicture", log]
                + shared(
                    "CoreTypes", "MediaWire", "FragmentedMP4", "Cryptography", "LibAV", "EventLoop", "HTTPServer",
                    "HTTPClient", "FanOut", "ServiceAPI", "ServiceKit", "PeerLink", "PeerWire"),
            swiftSettings: settings),
        .executableTarget(
            name: "client",
            dependencies: ["ClientService", .product(name: "ArgumentParser", package: "swift-argument-parser")]
                + shared("ServiceKit", "HTTPServer", "HTTPClient", "CoreTypes", "EventLoop", "ServiceAPI"),
            swiftSettings: settings),
        .testTarget(
            name: "PlayoutCoreTests",
            dependencies: ["PlayoutCore"]
                + shared("CoreTypes", "MediaWire", "FragmentedMP4", "Cryptography", "TestSupport"),
            swiftSettings: settings),
        .testTarget(
            name: "PeerCoreTests",
            dependencies: ["PeerCore", "PlayoutCore"]
                + shared("CoreTypes", "MediaWire", "Cryptography", "TestSupport"),
            swiftSettings: settings),
        .testTarget(name: "HLSCoreTests", dependencies: ["HLSCore"], swiftSettings: settings),
        .testTarget(name: "TestPictureTests", dependencies: ["TestPicture"], swiftSettings: settings),
        .testTarget(
            name: "ClientServiceTests",
            dependencies: ["ClientService", "PlayoutCore", "TestPicture", log]
                + shared(
                    "CoreTypes", "MediaWire", "Cryptography", "LibAV", "EventLoop", "HTTPServer", "HTTPClient",
                    "ServiceAPI", "ServiceKit", "FanOut", "TestSupport"),
            swiftSettings: settings),
    ]
)
