// swift-tools-version:6.2
import PackageDescription

let settings: [SwiftSetting] = [.swiftLanguageMode(.v6), .enableUpcomingFeature("ExistentialAny")]

func shared(_ names: String...) -> [Target.Dependency] { names.map { .product(name: $0, package: "Shared") } }

let package = Package(
    name: "Forward",
    products: [
        .executable(name: "forward", targets: ["forward"]),
        .library(name: "ForwardCore", targets: ["ForwardCore"]),
    ],
    dependencies: [
        .package(path: "../Shared"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    ],
    targets: [
        // Layer 0: what a forward keeps and decides, without I/O or a clock.
        .target(
            name: "ForwardCore", dependencies: shared("CoreTypes", "MediaWire", "FragmentedMP4"),
            swiftSettings: settings),
        // Layer 2: sockets, streams and routes around it.
        .target(
            name: "ForwardService",
            dependencies: ["ForwardCore", .product(name: "Logging", package: "swift-log")]
                + shared(
                    "CoreTypes", "MediaWire", "FragmentedMP4", "Cryptography", "LibAV", "EventLoop", "HTTPServer",
                    "HTTPClient", "FanOut", "SafetyNet", "ServiceAPI", "ServiceKit"),
            swiftSettings: settings),
        .executableTarget(
            name: "forward",
            dependencies: ["ForwardService", .product(name: "ArgumentParser", package: "swift-argument-parser")]
                + shared("ServiceKit", "HTTPServer", "CoreTypes"),
            swiftSettings: settings),
        .testTarget(
            name: "ForwardCoreTests",
            dependencies: ["ForwardCore"] + shared("CoreTypes", "MediaWire", "TestSupport"), swiftSettings: settings),
        .testTarget(
            name: "ForwardServiceTests",
            dependencies: ["ForwardCore", "ForwardService"]
                + shared(
                    "CoreTypes", "Cryptography", "EventLoop", "FanOut", "HTTPServer", "MediaWire", "ServiceAPI",
                    "ServiceKit", "TestSupport"),
            swiftSettings: settings),
    ]
)
