import IngestCore

/// What a publisher's first bytes are taken for, and the headers in them.
@Sendable func fuzzContainer(_ input: [UInt8]) throws {
    let whole = ContainerSniffer.container(of: input)
    precondition(whole == ContainerSniffer.container(of: input[...]), "a slice is the same bytes")
    if let header = ADTSHeader(input) {
        precondition(header.frameBytes >= header.headerBytes, "a frame holds its header")
        precondition(AudioSpecificConfig(header.configuration.bytes) != nil, "what a header says can be written")
    }
    _ = AudioSpecificConfig(input)
}

/// Parameter sets that are found are sets, and their sizes are possible.
@Sendable func fuzzH264(_ input: [UInt8]) throws {
    let found = input.withUnsafeBufferPointer { H264ParameterSets.scan($0) }
    precondition(found.count <= 16 << 10, "what is found is bounded")
    for nal in [H264ParameterSets.firstSPS(in: input), H264ParameterSets.firstSPS(in: found), input] {
        guard let nal, let parameters = H264SequenceParameters(nal: nal) else { continue }
        precondition(parameters.width > 0 && parameters.height > 0, "a picture has a size")
        precondition(parameters.width <= 16_384 && parameters.height <= 16_384, "a picture has a believable size")
    }
}
