import Testing

@testable import CoreTypes
