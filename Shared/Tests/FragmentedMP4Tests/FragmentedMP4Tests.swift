import Testing

@testable import FragmentedMP4
