// @ts-check

/** How the player looks. Everything lies on a picture, so it is light on dark whatever the page around it is. */
export const elementStyle = `
:host {
    --accent: var(--p2plive-accent, #35d0ba);
    --second: #ff9466;
    --live: #ff5a52;
    --warn: #ffc46b;
    --text: #f4f7f8;
    --soft: #b6c2cb;
    --ground: #0a0e12;
    --glass: rgb(13 18 23 / 0.82);
    --line: rgb(255 255 255 / 0.12);
    --lift: rgb(255 255 255 / 0.1);
    --radius: 14px;
    --ease: 180ms cubic-bezier(0.2, 0.7, 0.2, 1);
    display: block;
    position: relative;
    aspect-ratio: 16 / 9;
    overflow: hidden;
    background: var(--ground);
    color: var(--text);
    font: 400 15px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
    -webkit-tap-highlight-color: transparent;
    color-scheme: dark;
}
:host([hidden]) { display: none; }
:host(:fullscreen) { width: 100%; height: 100%; aspect-ratio: auto; border-radius: 0; }
*, *::before, *::after { box-sizing: border-box; }
[hidden] { display: none !important; }
.frame { position: absolute; inset: 0; container: player / size; outline: none; user-select: none; }
.frame.bare { background: radial-gradient(ellipse 90% 80% at 50% 42%, #16202a, var(--ground) 78%); }
video { position: absolute; inset: 0; width: 100%; height: 100%; object-fit: contain; background: transparent; }
button {
    font: inherit; color: inherit; border: 0; background: none; padding: 0; margin: 0; cursor: pointer;
    border-radius: 10px; touch-action: manipulation;
}
:focus { outline: none; }
:focus-visible { outline: 2.5px solid var(--accent); outline-offset: 2px; }
.icon {
    width: 24px; height: 24px; display: block; fill: none; stroke: currentColor; stroke-width: 1.9;
    stroke-linecap: round; stroke-linejoin: round;
}
.hush {
    position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%);
    white-space: nowrap;
}

/* Over the picture: who, and what can be done. Both fade together. */
.top, .bar {
    position: absolute; left: 0; right: 0; display: flex; align-items: center; gap: 6px;
    transition: opacity var(--ease), transform var(--ease), right var(--ease);
}
.top {
    top: 0; padding: max(14px, env(safe-area-inset-top)) max(18px, env(safe-area-inset-right)) 44px
        max(18px, env(safe-area-inset-left));
    gap: 12px; pointer-events: none;
    background: linear-gradient(rgb(5 8 11 / 0.72), rgb(5 8 11 / 0.3) 55%, transparent);
}
.top > * { pointer-events: auto; }
.bar {
    bottom: 0; padding: 52px max(12px, env(safe-area-inset-right)) max(10px, env(safe-area-inset-bottom))
        max(12px, env(safe-area-inset-left));
    background: linear-gradient(transparent, rgb(5 8 11 / 0.42) 40%, rgb(5 8 11 / 0.82));
    pointer-events: none;
}
.bar > * { pointer-events: auto; }
.frame.idle .top, .frame.idle .bar { opacity: 0; pointer-events: none; }
.frame.idle .top { transform: translateY(-10px); }
.frame.idle .bar { transform: translateY(10px); }
.frame.idle .top > *, .frame.idle .bar > * { pointer-events: none; }
.frame.idle { cursor: none; }
.name {
    font-weight: 640; font-size: 17px; letter-spacing: -0.01em; min-width: 0; overflow: hidden; text-overflow: ellipsis;
    white-space: nowrap; text-shadow: 0 1px 3px rgb(0 0 0 / 0.5);
}
.grow { flex: 1 1 auto; min-width: 0; }
.press {
    flex: none; width: 46px; height: 46px; display: grid; place-items: center; position: relative;
    transition: background var(--ease);
}
@media (hover: hover) { .press:hover, .livebutton:hover { background: var(--lift); } }
.press[aria-pressed="true"], .press[aria-expanded="true"] { color: var(--accent); }
.livebutton {
    flex: none; height: 46px; padding: 0 14px; display: flex; align-items: center; gap: 9px; font-weight: 640;
    font-size: 13.5px; letter-spacing: 0.04em; white-space: nowrap; font-variant-numeric: tabular-nums;
}
.livebutton::before {
    content: ""; width: 9px; height: 9px; border-radius: 50%; background: #8794a0; flex: none;
    transition: background var(--ease);
}
.livebutton.live::before { background: var(--live); animation: breathe 2.4s ease-in-out infinite; }
.livebutton.behind { letter-spacing: 0; }
.livebutton.behind::before { background: var(--warn); }
@keyframes breathe { 50% { box-shadow: 0 0 0 5px rgb(255 90 82 / 0.22); } }
.sound { display: flex; align-items: center; flex: none; }
.volume {
    width: 0; opacity: 0; margin: 0; height: 44px; accent-color: var(--text); cursor: pointer; border-radius: 8px;
    transition: width var(--ease), opacity var(--ease), margin var(--ease);
}
.sound:hover .volume, .sound:focus-within .volume { width: 92px; opacity: 1; margin: 0 10px 0 2px; }
@media (hover: none) { .volume { display: none; } }
.quality {
    display: flex; align-items: center; gap: 8px; min-width: 0; font-size: 13.5px; color: var(--soft); padding: 0 8px;
}
.quality .words { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.quality::before { content: ""; flex: none; width: 8px; height: 8px; border-radius: 50%; background: var(--accent); }
.quality.busy::before { background: var(--warn); animation: blink 1.1s ease-in-out infinite; }
.quality.trouble::before { background: var(--live); }
.quality.quiet::before { background: #8794a0; }
@keyframes blink { 50% { opacity: 0.25; } }

.caption {
    position: absolute; left: 20px; right: 20px; bottom: calc(max(10px, env(safe-area-inset-bottom)) + 52px);
    z-index: 1; transition: opacity var(--ease); pointer-events: none; display: none;
}

/* Sound, with one tap. */
.pill {
    position: absolute; left: 50%; bottom: 92px; transform: translateX(-50%); display: flex; align-items: center;
    gap: 10px; min-height: 52px; padding: 0 24px 0 18px; border-radius: 26px; background: #fff; color: #0b1116;
    font-weight: 640; font-size: 16px; box-shadow: 0 8px 30px rgb(0 0 0 / 0.38); white-space: nowrap;
    z-index: 1; transition: transform var(--ease), opacity var(--ease);
}
@media (hover: hover) { .pill:hover { transform: translateX(-50%) scale(1.03); } }
.pill:focus-visible { outline-color: #fff; outline-offset: 4px; }

/* In place of the picture. */
.veil {
    position: absolute; inset: 0; display: flex; flex-direction: column; align-items: center; justify-content: center;
    text-align: center; gap: 8px; padding: 64px 28px 84px; pointer-events: none; transition: opacity 260ms ease;
    background: radial-gradient(ellipse at center, rgb(10 14 18 / 0.78), rgb(10 14 18 / 0.5));
}
.veil.solid { background: radial-gradient(ellipse 90% 80% at 50% 42%, #16202a, var(--ground) 78%); }
.veil.light {
    background: radial-gradient(ellipse 420px 200px at center, rgb(10 14 18 / 0.72), transparent);
}
.veil.light .title, .veil.light .detail { text-shadow: 0 1px 8px rgb(0 0 0 / 0.9); }
.veil .mark { width: 60px; height: 60px; display: grid; place-items: center; margin-bottom: 8px; }
.veil .mark .icon { width: 34px; height: 34px; color: var(--soft); }
.veil .title {
    font-size: clamp(18px, 2.6cqmin + 8px, 27px); font-weight: 650; letter-spacing: -0.015em; text-wrap: balance;
    margin: 0;
}
.veil .detail { color: var(--soft); margin: 0; max-width: 44ch; text-wrap: balance; }
.veil .problem {
    margin: 8px 0 0; font: 12px/1.45 ui-monospace, "SF Mono", Menlo, Consolas, monospace; color: #93a1ac;
    max-width: 60ch; overflow-wrap: anywhere; user-select: text; pointer-events: auto;
}
.spinner { width: 52px; height: 52px; display: block; animation: turn 1.5s linear infinite; }
.spinner circle { fill: none; stroke-width: 3.4; stroke-linecap: round; }
@keyframes turn { to { transform: rotate(1turn); } }
.big {
    position: absolute; left: 50%; top: 50%; transform: translate(-50%, -50%); width: 84px; height: 84px;
    border-radius: 50%; background: rgb(255 255 255 / 0.94); color: #0b1116; display: grid; place-items: center;
    box-shadow: 0 10px 40px rgb(0 0 0 / 0.4); transition: transform var(--ease);
}
.big .icon { width: 40px; height: 40px; }
@media (hover: hover) { .big:hover { transform: translate(-50%, -50%) scale(1.05); } }

/* Keys. */
.help {
    position: absolute; inset: 0; z-index: 3; display: grid; place-items: center; padding: 16px;
    background: rgb(5 8 11 / 0.6);
    overflow: auto;
}
.help .card {
    background: var(--glass); backdrop-filter: blur(22px); border: 1px solid var(--line); border-radius: 18px;
    padding: 12px 14px 18px 24px; width: min(410px, 100%); box-shadow: 0 20px 60px rgb(0 0 0 / 0.5);
}
.help header { display: flex; align-items: center; justify-content: space-between; }
.help h2 { font-size: 17px; margin: 0; font-weight: 650; }
.help dl { display: grid; grid-template-columns: auto 1fr; gap: 9px 18px; margin: 8px 10px 0 0; align-items: baseline; }
.help dt { font-weight: 600; white-space: nowrap; }
.help dd { margin: 0; color: var(--soft); }

/* Beside the panel, or above it where there is no room beside. */
.frame.open .top, .frame.open .bar, .frame.open .veil { right: 396px; }
.frame.open video { width: calc(100% - 396px); }
.frame.open .pill { left: calc(50% - 198px); }
.frame.open .big { left: calc(50% - 198px); }
@container player (max-width: 1000px) { .frame.open .bar .quality, .frame.open .wide { display: none; } }
@container player (max-width: 820px) {
    .frame.open .top, .frame.open .bar, .frame.open .veil { right: 0; }
}
::slotted(*) { pointer-events: auto; }
@container player (max-width: 620px) {
    .wide { display: none; }
    .quality { padding: 0 4px; }
    .livebutton { padding: 0 10px; }
    .bar { gap: 2px; }
    .top { padding-left: max(12px, env(safe-area-inset-left)); padding-right: max(12px, env(safe-area-inset-right)); }
}
@container player (max-width: 430px) {
    .bar .quality { display: none; }
    .caption { display: flex; }
}
.frame.idle .caption { opacity: 0; }
@container player (max-height: 260px) {
    .caption { display: none; }
    .help { place-items: start center; }
    .pill { bottom: 64px; }
    .veil { padding: 44px 16px 60px; }
    .big { width: 64px; height: 64px; }
}
@media (prefers-reduced-motion: reduce) {
    *, *::before, *::after { animation: none !important; transition: none !important; }
    .spinner { animation: turn 6s linear infinite !important; }
}
@media (forced-colors: active) { .press, .livebutton, .pill, .big { border: 1px solid ButtonText; } }
`;
