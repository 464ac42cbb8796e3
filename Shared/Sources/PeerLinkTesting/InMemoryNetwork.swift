import PeerLink
