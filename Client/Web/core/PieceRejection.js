// @ts-check

/**
 * @typedef {"duplicate" | "tooOld" | "noRoom" | "conflict" | "noSuchPiece" | "wrongLength" | "wrongHash"} RejectionKind
 */

/** Why a manifest or a piece was not taken. */
export class PieceRejection {
    /**
     * @param {RejectionKind} kind
     * @param {number} sequence of the chunk
     * @param {number} [index] of the piece
     */
    constructor(kind, sequence, index = 0) {
        this.kind = kind;
        this.sequence = sequence;
        this.index = index;
    }

    /** True when an honest sender cannot have sent it: what it sends should no longer be asked for. */
    get isSendersFault() {
        return this.kind === "noSuchPiece" || this.kind === "wrongLength" || this.kind === "wrongHash";
    }

    /** What is wrong. */
    get description() {
        const { index, sequence } = this;
        switch (this.kind) {
            case "duplicate":
                return `a part of chunk ${sequence} came again`;
            case "tooOld":
                return `chunk ${sequence} is no longer wanted`;
            case "noRoom":
                return `chunk ${sequence} does not fit beside newer ones`;
            case "conflict":
                return `the manifests of chunk ${sequence} contradict each other`;
            case "noSuchPiece":
                return `chunk ${sequence} has no piece ${index}`;
            case "wrongLength":
                return `piece ${index} of chunk ${sequence} has a wrong length`;
            case "wrongHash":
                return `piece ${index} of chunk ${sequence} has a wrong hash`;
        }
    }
}
