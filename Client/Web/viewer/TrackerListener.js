// @ts-check
import { TrackerEvents } from "./TrackerEvents.js";

/**
 * @typedef {object} EventsPlace where events are
 * @property {string} origin of the tracker
 * @property {string} path of the viewer's events there
 * @property {string} token
 */

/**
 * Keeps the events of a tracker coming: opens the stream again when it breaks or falls silent, after the last event
 * that came, and polls where connections are few.
 */
export class TrackerListener {
    /** Milliseconds until a tracker that says nothing is asked again; pings come every 5 s. */
    static silenceMs = 12_000;
    /** So many failures in a row, and the viewer has to join again. */
    static failuresMax = 4;
    /** So many event streams in a row that did not open, and it polls. */
    static unopenedMax = 2;
    /** Where streams do not open one is tried after so many milliseconds, and after twice as many the next time. */
    static tryStreamMs = 60_000;
    static tryStreamMsMax = 600_000;

    /**
     * @param {import("./Clock.js").Clock} clock
     * @param {import("./BrowserShare.js").BrowserShare} share
     */
    constructor(clock, share) {
        this.clock = clock;
        this.share = share;
        /**
         * Where to listen; null while there is no place.
         * @type {() => EventsPlace | null}
         */
        this.place = () => null;
        /** @type {(event: import("../wire/EventStreamParser.js").ServerSentEvent) => void} */
        this.onEvent = () => {};
        /** The tracker does not know this viewer. */
        this.onForgotten = () => {};
        /** The events do not come, however often they are asked for. */
        this.onGivenUp = () => {};
        /** @type {TrackerEvents | null} */
        this.events = null;
        /** @type {number | null} */
        this.lastEventID = null;
        this.lastHeard = clock.now();
        this.failures = 0;
        this.unopened = 0;
        this.tryStreamMs = TrackerListener.tryStreamMs;
        this.lastUnopened = clock.now();
        /** @type {import("./Clock.js").Timer | null} */
        this.retry = null;
    }

    /** Whether events are asked for again and again, so that no connection is held. */
    get mustPoll() {
        return this.isUnableToStream || this.share.isCrowded;
    }

    /** Whether streams do not open here. */
    get isUnableToStream() {
        return this.unopened >= TrackerListener.unopenedMax;
    }

    /** There is a new place: listens to all that happens since. */
    begin() {
        this.lastEventID = null;
        this.failures = 0;
        this.listen();
    }

    /** Listens, after the last event that came. */
    listen() {
        this.cancel();
        const place = this.place();
        if (place === null) return;
        this.lastHeard = this.clock.now();
        this.share.want(this.isUnableToStream ? null : place.origin);
        const url = place.origin + place.path;
        const settings = { url, token: place.token, after: this.lastEventID, isPolling: this.mustPoll };
        const events = new TrackerEvents(settings, this.clock);
        events.onEvent = (event) => {
            this.heard();
            if (event.id !== null) this.lastEventID = event.id;
            this.onEvent(event);
        };
        events.onPoll = () => this.heard();
        events.onEnd = (status) => this.ended(events, status);
        this.events = events;
        events.start();
    }

    /** Listens no more, until it is told to. */
    cancel() {
        this.retry?.cancel();
        this.events?.cancel();
        this.events = null;
    }

    /** What is open may hang, and what did not work may work now: begins again at once. */
    networkChanged() {
        this.failures = 0;
        this.unopened = 0;
        this.listen();
    }

    /** To be called twice a second. */
    watch() {
        const { events } = this;
        if (events === null) return;
        const now = this.clock.now();
        if (this.isUnableToStream && events.hasSpoken && now - this.lastUnopened > this.tryStreamMs) {
            this.unopened = TrackerListener.unopenedMax - 1;
            this.tryStreamMs = Math.min(TrackerListener.tryStreamMsMax, 2 * this.tryStreamMs);
        }
        if (now - this.lastHeard > TrackerListener.silenceMs) {
            events.cancel();
            // It may have opened, and nothing came through: somebody between collects it.
            events.hasTimedOut = true;
            this.ended(events, 0);
        } else if (events.isPolling !== this.mustPoll) {
            this.listen();
        }
    }

    /** A sign of life. */
    heard() {
        this.lastHeard = this.clock.now();
        this.failures = 0;
    }

    /**
     * There are no more events, or not now.
     * @param {TrackerEvents} events
     * @param {number} status 0 without an answer
     */
    ended(events, status) {
        this.events = null;
        this.judge(events);
        if (status === 401 || status === 404) return this.onForgotten();
        this.failures += 1;
        const delayMs = Math.min(2_000, 50 << Math.min(this.failures, 6)) + this.clock.random(50);
        this.retry = this.clock.after(delayMs, () => {
            if (this.failures > TrackerListener.failuresMax) this.onGivenUp();
            else this.listen();
        });
    }

    /**
     * Whether streams open here.
     * @param {TrackerEvents} events that ended
     */
    judge({ isPolling, hasSpoken, hasTimedOut }) {
        if (isPolling) {
            // Where polls are not answered either it is not for the streams.
            if (!hasSpoken) this.unopened = 0;
        } else if (hasSpoken) {
            this.unopened = 0;
            this.tryStreamMs = TrackerListener.tryStreamMs;
        } else if (hasTimedOut) {
            this.unopened += 1;
            this.lastUnopened = this.clock.now();
        }
    }
}
