import Testing

@testable import ServiceAPI
