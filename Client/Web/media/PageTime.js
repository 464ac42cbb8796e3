// @ts-check

/**
 * A wall clock that page and worker share, and that no correction of the machine's own moves: milliseconds since 1970,
 * as that one told them when the page or worker began.
 */
export const pageTime = () => performance.timeOrigin + performance.now();
