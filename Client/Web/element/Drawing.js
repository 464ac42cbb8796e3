// @ts-check

/**
 * A small canvas that is drawn at the pixels of the screen and only when it is visible.
 */
export class Drawing {
    /** @param {HTMLCanvasElement} canvas */
    constructor(canvas) {
        this.canvas = canvas;
        this.context = canvas.getContext("2d");
    }

    /**
     * Clears it and draws anew in its own CSS pixels; does nothing while it takes no room.
     * @param {(context: CanvasRenderingContext2D, width: number, height: number) => void} draw
     */
    draw(draw) {
        const { canvas, context } = this;
        const { clientWidth: width, clientHeight: height } = canvas;
        if (context === null || width === 0 || height === 0) return;
        const scale = Math.min(3, window.devicePixelRatio || 1);
        if (canvas.width !== Math.round(width * scale)) canvas.width = Math.round(width * scale);
        if (canvas.height !== Math.round(height * scale)) canvas.height = Math.round(height * scale);
        context.setTransform(scale, 0, 0, scale, 0, 0);
        context.clearRect(0, 0, width, height);
        draw(context, width, height);
    }
}

/**
 * Draws one series as a line with a soft ground below it.
 * @param {CanvasRenderingContext2D} context
 * @param {{ x: number, y: number }[]} points in pixels, from left to right
 * @param {number} bottom
 * @param {string} colour
 */
export function drawLine(context, points, bottom, colour) {
    const last = points[points.length - 1];
    if (last === undefined || points.length < 2) return;
    context.beginPath();
    for (const { x, y } of points) context.lineTo(x, y);
    context.strokeStyle = colour;
    context.lineWidth = 1.8;
    context.lineJoin = "round";
    context.stroke();
    context.lineTo(last.x, bottom);
    context.lineTo(points[0].x, bottom);
    context.closePath();
    context.globalAlpha = 0.14;
    context.fillStyle = colour;
    context.fill();
    context.globalAlpha = 1;
    context.beginPath();
    context.arc(last.x, last.y, 2.4, 0, 2 * Math.PI);
    context.fill();
}

/**
 * Fills what lies between two series.
 * @param {CanvasRenderingContext2D} context
 * @param {{ x: number, y: number }[]} upper
 * @param {{ x: number, y: number }[]} lower
 * @param {string} colour
 */
export function drawBand(context, upper, lower, colour) {
    if (upper.length < 2) return;
    context.beginPath();
    for (const { x, y } of upper) context.lineTo(x, y);
    for (const { x, y } of [...lower].reverse()) context.lineTo(x, y);
    context.closePath();
    context.fillStyle = colour;
    context.fill();
}
