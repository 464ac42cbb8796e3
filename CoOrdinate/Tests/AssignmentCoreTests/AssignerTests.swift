import AssignmentCore
import CoreTypes
import Testing

@Suite struct AssignerTests {
    private let assigner = Assigner(
        regions: RegionTable(
            rules: [
                rule("10.1.0.0/16", "berlin"), rule("10.2.0.0/16", "paris"), rule("10.3.0.0/16", "tokyo"),
                rule("10.9.0.0/16", "nowhere"),
            ], places: ["berlin": City.berlin, "paris": City.paris, "tokyo": City.tokyo]))

    private func tracker(
        _ name: String, _ region: String, _ place: GeoPoint? = nil, peers: Int = 0, of peersMax: Int = 100
    ) -> TrackerCandidate {
        TrackerCandidate(name: name, region: region, place: place, peers: peers, peersMax: peersMax)
    }

    private func assigned(_ client: String, _ place: GeoPoint? = nil, _ candidates: TrackerCandidate...) -> String? {
        assigner.assign(address(client), place: place, among: candidates)?.tracker
    }

    @Test func `the network's region comes first, whatever load and distance say`() {
        let berlin = tracker("b", "berlin", peers: 99), paris = tracker("p", "paris")
        #expect(assigned("10.1.0.1", City.paris, berlin, paris) == "b")
        #expect(assigned("10.2.0.1", City.berlin, berlin, paris) == "p")
        #expect(assigned("::ffff:10.1.0.1", nil, paris, berlin) == "b")
    }

    @Test func `in a region the least loaded share wins, not the fewest peers`() {
        let small = tracker("small", "berlin", peers: 6, of: 10), large = tracker("large", "berlin", peers: 50, of: 100)
        #expect(assigned("10.1.0.1", nil, small, large) == "large")
        #expect(assigned("10.1.0.1", nil, tracker("b", "berlin"), tracker("a", "berlin")) == "a")
    }

    @Test func `trackers of one region are not told apart by their own places`() {
        let near = tracker("near", "berlin", City.berlin, peers: 60)
        let far = tracker("far", "berlin", City.paris, peers: 50)
        #expect(assigned("192.0.2.1", City.berlin, near, far) == "far")
    }

    @Test func `a region whose trackers are dead or full falls to the next nearest`() {
        let full = tracker("b", "berlin", peers: 100), paris = tracker("p", "paris", peers: 99)
        let tokyo = tracker("t", "tokyo")
        #expect(assigned("10.1.0.1", nil, tokyo, paris) == "p")
        #expect(assigned("10.1.0.1", nil, full, tokyo, paris) == "p")
        #expect(assigned("10.1.0.1", nil, full, tokyo) == "t")
        #expect(assigned("10.3.0.1", nil, paris, tracker("b", "berlin")) == "b")
    }

    @Test func `the viewer's region stays its own when another one serves it`() {
        let choice = assigner.assign(address("10.1.0.1"), place: nil, among: [tracker("t", "tokyo")])
        #expect(choice?.tracker == "t" && choice?.region == "berlin")
        #expect(assigner.region(of: address("10.1.0.1")) == "berlin")
        #expect(assigner.region(of: address("192.0.2.1")) == "")
    }

    @Test func `without a rule the place of the address decides, and names the region`() {
        let candidates = [tracker("t", "tokyo"), tracker("p", "paris"), tracker("b", "berlin")]
        let choice = assigner.assign(address("192.0.2.1"), place: City.sydney, among: candidates)
        #expect(choice?.tracker == "t" && choice?.region == "tokyo")
        #expect(assigned("192.0.2.1", City.london, candidates[0], candidates[1], candidates[2]) == "p")
    }

    @Test func `a region without a configured place is where its first located tracker is`() {
        let oslo = tracker("o", "harbour", City.newYork), more = tracker("n", "harbour"), tokyo = tracker("t", "tokyo")
        #expect(assigned("192.0.2.1", City.london, oslo, more, tokyo) == "n")
        #expect(assigned("192.0.2.1", City.sydney, oslo, more, tokyo) == "t")
    }

    @Test func `a tracker without region counts where it stands`() {
        let lone = tracker("lone", "", City.auckland), berlin = tracker("b", "berlin")
        #expect(assigned("192.0.2.1", City.sydney, lone, berlin) == "lone")
        #expect(assigned("192.0.2.1", City.paris, lone, berlin) == "b")
    }

    @Test func `a region of which nothing is known still gets a tracker, the least loaded`() {
        let berlin = tracker("b", "berlin", peers: 50), paris = tracker("p", "paris", peers: 10)
        let choice = assigner.assign(address("10.9.0.1"), place: nil, among: [berlin, paris])
        #expect(choice?.tracker == "p" && choice?.region == "nowhere")
        let stranger = assigner.assign(address("192.0.2.1"), place: nil, among: [berlin, paris])
        #expect(stranger?.tracker == "p" && stranger?.region == "")
    }

    @Test func `what is somewhere beats what is nowhere known`() {
        let unknown = tracker("a", "unknown"), tokyo = tracker("t", "tokyo", peers: 90)
        #expect(assigned("10.1.0.1", nil, unknown, tokyo) == "t")
        #expect(assigned("10.1.0.1", nil, unknown) == "a")
    }

    @Test func `nobody with room is nobody`() {
        #expect(assigned("10.1.0.1") == nil)
        #expect(assigned("10.1.0.1", nil, tracker("b", "berlin", peers: 100), tracker("p", "paris", of: 0)) == nil)
        #expect(assigned("10.1.0.1", nil, tracker("b", "berlin", peers: .max, of: .max)) == nil)
    }
}
