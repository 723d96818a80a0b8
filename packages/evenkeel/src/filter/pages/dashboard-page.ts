/** Written by `npm run dashboard` from packages/dashboard/src; do not edit. */

export const dashboardPage: string = `<!doctype html>
<html lang="en" data-api="{{api}}">
<head>
<meta charset="utf-8" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<meta name="color-scheme" content="light dark" />
<meta name="robots" content="noindex" />
<title>evenkeel</title>
<link
rel="icon"
href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24'%3E%3Cpath d='M12 2v14M12 3l7 10h-7M3 17h18l-3 4H6z' fill='none' stroke='%232f7dd1' stroke-width='2' stroke-linejoin='round'/%3E%3C/svg%3E"
/>
<style>:root {
color-scheme: light;
--ground: #f4f6f8;
--card: #ffffff;
--ink: #16202b;
--soft: #5a6775;
--line: #dde3e9;
--accent: #1f66b5;
--on-accent: #ffffff;
--good: #1a7f4b;
--calm: #2f7dd1;
--warn: #9a6200;
--bad: #c22f2f;
--quiet: #6b7785;
--good-ground: #e0f3e8;
--warn-ground: #fbefd5;
--bad-ground: #fbe3e3;
--quiet-ground: #e9edf1;
--fill-good: #4db380;
--fill-calm: #6ba5e0;
--fill-warn: #e0a53d;
--fill-bad: #d95757;
--fill-quiet: #a9b3bd;
}
:root[data-theme='dark'] {
color-scheme: dark;
--ground: #0f151b;
--card: #18212a;
--ink: #e6ecf2;
--soft: #9babba;
--line: #2a3641;
--accent: #6fb0f5;
--on-accent: #0b1620;
--good: #6fd3a0;
--calm: #7db8f5;
--warn: #f0bd62;
--bad: #ff8d8d;
--quiet: #9babba;
--good-ground: #16382a;
--warn-ground: #3b2e12;
--bad-ground: #432023;
--quiet-ground: #27323c;
--fill-good: #3f9f70;
--fill-calm: #4a8cd0;
--fill-warn: #c98f2c;
--fill-bad: #d95757;
--fill-quiet: #66727e;
}
@media (prefers-color-scheme: dark) {
:root:not([data-theme='light']) {
color-scheme: dark;
--ground: #0f151b;
--card: #18212a;
--ink: #e6ecf2;
--soft: #9babba;
--line: #2a3641;
--accent: #6fb0f5;
--on-accent: #0b1620;
--good: #6fd3a0;
--calm: #7db8f5;
--warn: #f0bd62;
--bad: #ff8d8d;
--quiet: #9babba;
--good-ground: #16382a;
--warn-ground: #3b2e12;
--bad-ground: #432023;
--quiet-ground: #27323c;
--fill-good: #3f9f70;
--fill-calm: #4a8cd0;
--fill-warn: #c98f2c;
--fill-bad: #d95757;
--fill-quiet: #66727e;
}
}
* {
box-sizing: border-box;
}
[hidden] {
display: none !important;
}
body {
margin: 0;
background: var(--ground);
color: var(--ink);
font:
14px/1.45 system-ui,
sans-serif;
}
h1,
h2,
h3,
p,
dl,
dd,
ul,
figure {
margin: 0;
padding: 0;
}
h1 {
display: flex;
align-items: center;
gap: 8px;
font-size: 18px;
}
h1 svg {
color: var(--accent);
}
h2 {
font-size: 16px;
}
h3 {
font-size: 15px;
overflow-wrap: anywhere;
}
main,
.bar,
.notice,
.said,
footer {
max-width: 1480px;
margin: 0 auto;
padding: 0 20px;
}
main {
display: grid;
gap: 22px;
padding-block: 4px 20px;
}
main > section {
min-width: 0;
}
.bar {
display: flex;
align-items: center;
gap: 14px;
padding-block: 14px;
}
#balancer {
color: var(--soft);
flex: 1;
min-width: 0;
}
button,
select,
input {
font: inherit;
color: inherit;
}
button,
select,
input[type='search'],
input[type='number'] {
background: var(--card);
border: 1px solid var(--line);
border-radius: 7px;
padding: 5px 11px;
min-height: 34px;
}
button {
cursor: pointer;
white-space: nowrap;
}
button:hover:not(:disabled) {
border-color: var(--accent);
}
button:disabled {
opacity: 0.5;
cursor: default;
}
button.main {
background: var(--accent);
border-color: var(--accent);
color: var(--on-accent);
font-weight: 600;
}
:focus-visible {
outline: 2px solid var(--accent);
outline-offset: 2px;
}
#upstreams:focus {
outline: none;
}
.skip {
position: absolute;
left: -9999px;
}
.skip:focus {
left: 12px;
top: 8px;
background: var(--card);
padding: 8px 12px;
z-index: 1;
}
.unseen {
position: absolute;
width: 1px;
height: 1px;
overflow: hidden;
clip-path: inset(50%);
}
.quiet {
color: var(--soft);
}
p.quiet:empty,
.said:empty,
.problem:empty {
display: none;
}
.state {
display: inline-flex;
align-items: center;
gap: 6px;
padding: 1px 9px 1px 7px;
border-radius: 99px;
font-weight: 600;
font-size: 13px;
white-space: nowrap;
}
.state::before {
content: '';
width: 8px;
height: 8px;
border-radius: 50%;
background: currentColor;
}
.state[data-tone='good'] {
color: var(--good);
background: var(--good-ground);
}
.state[data-tone='warn'] {
color: var(--warn);
background: var(--warn-ground);
}
.state[data-tone='warn']::before {
border-radius: 1px;
transform: rotate(45deg);
}
.state[data-tone='bad'] {
color: var(--bad);
background: var(--bad-ground);
}
.state[data-tone='bad']::before {
border-radius: 0;
}
.state[data-tone='quiet'] {
color: var(--quiet);
background: var(--quiet-ground);
}
.state[data-tone='quiet']::before {
background: none;
border: 2px solid currentColor;
}
.notice,
.said {
margin-bottom: 14px;
padding-block: 10px;
border-radius: 9px;
width: calc(100% - 40px);
}
.notice {
background: var(--quiet-ground);
}
.notice[data-level='problem'] {
background: var(--bad-ground);
}
.said {
background: var(--good-ground);
}
code {
font:
13px/1.4 ui-monospace,
monospace;
background: var(--card);
border-radius: 5px;
padding: 2px 6px;
overflow-wrap: anywhere;
}
.title {
display: flex;
flex-wrap: wrap;
align-items: center;
gap: 8px 16px;
margin-bottom: 10px;
}
.title h2 {
margin-right: auto;
}
.title label {
display: flex;
align-items: center;
gap: 6px;
}
.card,
.tile,
.chart {
background: var(--card);
border: 1px solid var(--line);
border-radius: 11px;
}
#tiles {
display: grid;
grid-template-columns: repeat(auto-fit, minmax(150px, 1fr));
gap: 12px;
}
.tile {
padding: 11px 15px;
}
.tile dt {
color: var(--soft);
}
.tile .value {
font-size: 23px;
font-weight: 650;
line-height: 1.25;
font-variant-numeric: tabular-nums;
}
.tile .note {
color: var(--soft);
font-size: 13px;
}
.tile[data-tone='bad'] .value,
.summary[data-tone='bad'] {
color: var(--bad);
}
.tile[data-tone='warn'] .value,
.summary[data-tone='warn'] {
color: var(--warn);
}
footer {
color: var(--soft);
font-size: 13px;
padding-block: 0 24px;
}
kbd {
font:
12px ui-monospace,
monospace;
border: 1px solid var(--line);
border-radius: 4px;
padding: 1px 5px;
background: var(--card);
}
#charts {
display: grid;
grid-template-columns: repeat(auto-fit, minmax(min(100%, 420px), 1fr));
gap: 12px;
}
.chart {
padding: 11px 15px 8px;
min-width: 0;
}
figcaption {
display: flex;
flex-wrap: wrap;
align-items: baseline;
gap: 2px 14px;
margin-bottom: 6px;
}
.when {
color: var(--soft);
font-variant-numeric: tabular-nums;
}
.legend {
display: flex;
flex-wrap: wrap;
gap: 0 14px;
list-style: none;
margin-left: auto;
color: var(--soft);
font-size: 13px;
}
.legend li::before {
content: '';
display: inline-block;
width: 10px;
height: 10px;
border-radius: 3px;
margin-right: 5px;
background: var(--fill);
}
.legend b {
color: var(--ink);
font-variant-numeric: tabular-nums;
}
[data-look='good'] {
--fill: var(--fill-good);
}
[data-look='calm'] {
--fill: var(--fill-calm);
}
[data-look='warn'] {
--fill: var(--fill-warn);
}
[data-look='bad'] {
--fill: var(--fill-bad);
}
[data-look='quiet'] {
--fill: var(--fill-quiet);
}
.canvas {
position: relative;
padding-bottom: 20px;
}
.canvas svg {
display: block;
width: 100%;
border-bottom: 1px solid var(--line);
cursor: crosshair;
overflow: hidden;
}
.area {
fill: var(--fill);
}
.line {
fill: none;
stroke: var(--fill);
stroke-width: 2;
stroke-linejoin: round;
}
.grid {
stroke: var(--line);
}
.mark {
stroke: var(--ink);
stroke-dasharray: 3 3;
}
.axis {
position: absolute;
color: var(--soft);
font-size: 12px;
pointer-events: none;
}
.axis.top {
top: 0;
left: 0;
background: color-mix(in srgb, var(--card) 75%, transparent);
padding-right: 4px;
border-radius: 3px;
}
.axis.from {
bottom: 0;
left: 0;
}
.axis.to {
bottom: 0;
right: 0;
}
.past {
display: flex;
align-items: center;
gap: 14px;
margin-top: 10px;
min-height: 34px;
}
.past input {
flex: 1;
min-width: 0;
accent-color: var(--accent);
height: 30px;
}
#told {
min-width: 42px;
font-weight: 600;
}
.card > header {
display: flex;
flex-wrap: wrap;
align-items: baseline;
justify-content: space-between;
gap: 4px 16px;
padding: 12px 15px 8px;
}
.card > p {
padding: 0 15px 10px;
}
#upstreams {
display: grid;
gap: 12px;
}
.summary {
color: var(--soft);
}
.tag {
font-size: 12px;
font-weight: 500;
color: var(--soft);
border: 1px solid var(--line);
border-radius: 5px;
padding: 0 5px;
margin-left: 6px;
}
.tag:empty {
display: none;
}
.scroll {
overflow-x: auto;
padding-bottom: 4px;
}
table {
border-collapse: collapse;
width: 100%;
}
th {
color: var(--soft);
font-weight: 500;
font-size: 13px;
text-align: left;
white-space: nowrap;
}
th[title] {
text-decoration: underline dotted;
text-underline-offset: 3px;
}
th,
td {
padding: 6px 9px;
border-top: 1px solid var(--line);
}
thead th {
border-top: 0;
}
th:first-child,
td:first-child {
padding-left: 15px;
}
th:last-child,
td:last-child {
padding-right: 15px;
}
td.name {
min-width: 190px;
font-weight: 600;
white-space: nowrap;
}
th.number,
td.number {
text-align: right;
}
td.number {
font-variant-numeric: tabular-nums;
white-space: nowrap;
}
td[data-tone='quiet'] {
color: var(--soft);
}
td[data-tone='warn'] {
color: var(--warn);
}
td[data-tone='bad'] {
color: var(--bad);
font-weight: 600;
}
dialog {
border: 1px solid var(--line);
border-radius: 13px;
background: var(--card);
color: inherit;
padding: 20px;
width: min(430px, calc(100vw - 32px));
}
dialog::backdrop {
background: rgb(0 0 0 / 50%);
}
dialog h2 {
overflow-wrap: anywhere;
margin-bottom: 12px;
}
fieldset {
border: 0;
margin: 0 0 12px;
padding: 0;
display: grid;
gap: 2px;
}
legend {
color: var(--soft);
padding: 0;
margin-bottom: 4px;
}
fieldset label {
display: flex;
gap: 10px;
align-items: baseline;
padding: 7px 10px;
border-radius: 8px;
border: 1px solid transparent;
}
fieldset label:has(:checked) {
background: var(--quiet-ground);
border-color: var(--line);
}
fieldset label span {
flex: 1;
display: grid;
grid-template-columns: 52px 1fr;
}
.weight {
display: flex;
align-items: center;
gap: 10px;
}
.weight input {
width: 110px;
}
.consequence {
margin: 12px 0;
color: var(--soft);
min-height: 3em;
}
.consequence[data-tone='bad'],
.problem {
color: var(--bad);
}
.problem {
margin-bottom: 12px;
}
.buttons {
display: flex;
justify-content: flex-end;
gap: 10px;
}
@media (max-width: 760px) {
main,
.bar,
footer {
padding-inline: 12px;
}
.notice,
.said {
padding-inline: 12px;
width: calc(100% - 24px);
}
.bar {
flex-wrap: wrap;
gap: 6px 12px;
}
h1 {
flex: 1;
}
#balancer {
order: 9;
flex-basis: 100%;
font-size: 13px;
}
#tiles {
grid-template-columns: repeat(3, 1fr);
gap: 8px;
}
.tile {
padding: 9px 11px;
}
.tile .value {
font-size: 18px;
}
.legend {
margin-left: 0;
}
.search {
order: 9;
flex-basis: 100%;
}
.search input {
flex: 1;
min-width: 0;
}
.past {
flex-wrap: wrap;
}
.past input {
flex-basis: 100%;
order: 9;
}
#told {
flex: 1;
}
button,
select,
input[type='search'],
input[type='number'] {
min-height: 40px;
font-size: 16px;
}
thead {
position: absolute;
width: 1px;
height: 1px;
overflow: hidden;
clip-path: inset(50%);
}
table,
tbody {
display: block;
}
tr {
display: grid;
grid-template-columns: repeat(4, 1fr);
gap: 6px 10px;
padding: 12px;
border-top: 1px solid var(--line);
}
td,
td.number {
display: block;
padding: 0 !important;
border: 0;
text-align: left;
min-width: 0;
overflow-wrap: anywhere;
white-space: normal;
}
td::before {
content: attr(data-label);
display: block;
color: var(--soft);
font-size: 12px;
font-weight: 400;
}
td.name {
min-width: 0;
grid-column: span 3;
font-size: 15px;
}
td.name::before,
td:has(> .state)::before,
td:has(> button)::before {
content: none;
}
td:has(> .state) {
justify-self: end;
}
td:has(> button) {
grid-column: 1 / -1;
}
td:has(> button) button {
width: 100%;
}
td:has(> button[hidden]) {
display: none;
}
}
@media (prefers-reduced-motion: no-preference) {
.tile .value,
.state {
transition: color 0.2s;
}
}</style>
</head>
<body>
<a class="skip" href="#upstreams">Skip to servers</a>
<header class="bar">
<h1>
<svg viewBox="0 0 24 24" width="26" height="26" aria-hidden="true">
<path
d="M12 2v14M12 3l7 10h-7M3 17h18l-3 4H6z"
fill="none"
stroke="currentColor"
stroke-width="2"
stroke-linejoin="round"
/>
</svg>
evenkeel
</h1>
<p id="balancer"></p>
<span id="status" class="state" role="status">connecting</span>
<button id="theme" type="button">Theme: auto</button>
</header>
<noscript><p class="notice" data-level="problem">This page needs JavaScript.</p></noscript>
<p id="notice" class="notice" role="alert" hidden></p>
<p id="said" class="said" role="status"></p>
<main id="all" hidden>
<section aria-label="Totals"><dl id="tiles"></dl></section>
<section aria-labelledby="past-title">
<div class="title">
<h2 id="past-title">Last 30 minutes</h2>
<label
>of
<select id="series">
<option value="">all upstreams</option>
</select></label
>
</div>
<div id="charts"></div>
<div class="past">
<span id="told">Live</span>
<input id="slider" type="range" min="-120" max="0" step="2" value="0" aria-label="Go back in time" />
<button id="live" type="button" hidden>Back to live</button>
</div>
</section>
<section aria-labelledby="upstreams-title">
<div class="title">
<h2 id="upstreams-title">Upstreams</h2>
<label class="search"
><span class="unseen">Search servers</span
><input id="search" type="search" placeholder="Search servers" title="Press / to search"
/></label>
<label><input id="troubled" type="checkbox" /> only with problems</label>
</div>
<div id="upstreams" tabindex="-1"></div>
<p id="no-upstreams" class="quiet"></p>
</section>
<section id="zones" class="card" aria-label="Zones" hidden>
<header><h2>Server and location zones</h2></header>
</section>
<section id="caches" class="card" aria-label="Caches" hidden>
<header><h2>Caches</h2></header>
</section>
<section id="limits" class="card" aria-label="Limits" hidden>
<header><h2>Limits</h2></header>
</section>
</main>
<footer>
<p>Keys: <kbd>/</kbd> search, <kbd>[</kbd> and <kbd>]</kbd> back and forth in time, <kbd>l</kbd> live.</p>
</footer>
<dialog id="change" aria-labelledby="change-title">
<form id="change-form" method="dialog">
<h2 id="change-title"></h2>
<fieldset>
<legend>New requests</legend>
<label
><input type="radio" name="mode" value="up" /> <span><b>Up</b> It takes its share.</span></label
>
<label
><input type="radio" name="mode" value="drain" />
<span><b>Drain</b> It finishes what it has; only sessions bound to it stay.</span></label
>
<label
><input type="radio" name="mode" value="down" /> <span><b>Down</b> It takes nothing.</span></label
>
</fieldset>
<label class="weight"
>Weight <input id="change-weight" type="number" min="1" step="1" inputmode="numeric" required
/></label>
<p id="change-consequence" class="consequence" aria-live="polite"></p>
<p id="change-problem" class="problem" role="alert"></p>
<div class="buttons">
<button id="change-cancel" type="button">Cancel</button>
<button id="change-apply" class="main" type="submit">Apply</button>
</div>
</form>
</dialog>
<script type="module">const snapshotPaths = [
'nginx',
'processes',
'connections',
'ssl',
'http/requests',
'http/upstreams',
'http/server_zones',
'http/location_zones',
'http/caches',
'http/limit_reqs',
'http/limit_conns',
'stream/upstreams',
'stream/server_zones',
'stream/limit_conns',
]
function readSnapshot(answers , atMs ) {
const [nginx, connections, requests, ssl] = ['nginx', 'connections', 'http/requests', 'ssl'].map(path =>
objectOf(answers[path]),
)
return {
atMs,
build: textOf(nginx['build']) || \`nginx-\${textOf(nginx['version'])}\`,
generation: numberOf(nginx['generation']),
pid: numberOf(nginx['pid']),
loadedMs: timeOf(nginx['load_timestamp']),
respawned: numberOf(objectOf(answers['processes'])['respawned']),
connections: {
accepted: numberOf(connections['accepted']),
dropped: numberOf(connections['dropped']),
active: numberOf(connections['active']),
idle: numberOf(connections['idle']),
},
requests: { total: numberOf(requests['total']), current: numberOf(requests['current']) },
handshakes: {
done: numberOf(ssl['handshakes']),
failed: numberOf(ssl['handshakes_failed']),
reused: numberOf(ssl['session_reuses']),
},
upstreams: [
...entriesOf(answers['http/upstreams']).map(entry => readUpstream('http', entry)),
...entriesOf(answers['stream/upstreams']).map(entry => readUpstream('stream', entry)),
],
zones: [
...entriesOf(answers['http/server_zones']).map(entry => readZone('server', entry)),
...entriesOf(answers['http/location_zones']).map(entry => readZone('location', entry)),
...entriesOf(answers['stream/server_zones']).map(entry => readZone('stream', entry)),
],
caches: entriesOf(answers['http/caches']).map(readCache),
limits: [
...entriesOf(answers['http/limit_reqs']).map(entry => readLimit('requests', entry)),
...entriesOf(answers['http/limit_conns']).map(entry => readLimit('connections', entry)),
...entriesOf(answers['stream/limit_conns']).map(entry => readLimit('stream connections', entry)),
],
}
}
function readUpstream(kind , [name, value] ) {
const { peers, queue } = value
return {
kind,
name,
peers: (Array.isArray(peers) ? peers : []).map(peer => readPeer(objectOf(peer))),
queued: queue === undefined ? null : numberOf(objectOf(queue)['size']),
}
}
function readPeer(peer ) {
const state = textOf(peer['state'])
return {
id: numberOf(peer['id']),
server: textOf(peer['server']),
name: textOf(peer['name']),
backup: peer['backup'] === true,
weight: numberOf(peer['weight']),
state: isState(state) ? state : 'down',
active: numberOf(peer['active']),
mostActive: numberOf(peer['max_conns']),
requests: numberOf(peer['requests'] ?? peer['connections']),
classes: readClasses(peer['responses']),
headerMs: maybeNumber(peer['header_time'] ?? peer['first_byte_time']),
responseMs: maybeNumber(peer['response_time']),
histogram: readHistogram(peer['response_time_histogram']),
sent: numberOf(peer['sent']),
received: numberOf(peer['received']),
fails: numberOf(peer['fails']),
unavailable: numberOf(peer['unavail']),
checks: readChecks(objectOf(peer['health_checks'])),
downtimeMs: numberOf(peer['downtime']),
downSinceMs: timeOf(peer['downstart']),
}
}
const states = ['up', 'draining', 'down', 'unavail', 'checking', 'unhealthy']
function isState(text ) {
return states.includes(text)
}
function readChecks(checks ) {
const passed = checks['last_passed']
return {
done: numberOf(checks['checks']),
fails: numberOf(checks['fails']),
unhealthy: numberOf(checks['unhealthy']),
lastPassed: typeof passed === 'boolean' ? passed : null,
reason: textOf(checks['reason']),
}
}
function readHistogram(value ) {
const { bounds_ms: bounds, counts } = objectOf(value)
if (!Array.isArray(bounds) || !Array.isArray(counts) || counts.length !== bounds.length + 1) return null
return { boundsMs: bounds.map(numberOf), counts: counts.map(numberOf) }
}
function readZone(kind , [name, zone] ) {
return {
kind,
name,
processing: numberOf(zone['processing']),
requests: numberOf(zone['requests'] ?? zone['connections']),
classes: readClasses(zone['responses'] ?? zone['sessions']),
discarded: numberOf(zone['discarded']),
received: numberOf(zone['received']),
sent: numberOf(zone['sent']),
}
}
function readCache([name, cache] ) {
const count = (...kinds ) =>
kinds.reduce((sum, kind) => sum + numberOf(objectOf(cache[kind])['responses']), 0)
return {
name,
size: numberOf(cache['size']),
most: numberOf(cache['max_size']),
cold: cache['cold'] === true,
hit: count('hit', 'revalidated'),
stale: count('stale', 'updating'),
miss: count('miss', 'expired'),
bypass: count('bypass'),
}
}
function readLimit(kind , [name, limit] ) {
return {
kind,
name,
passed: numberOf(limit['passed']),
delayed: numberOf(limit['delayed']),
rejected: numberOf(limit['rejected']),
dryRun: numberOf(limit['rejected_dry_run']) + numberOf(limit['delayed_dry_run']),
}
}
function readClasses(value ) {
const classes = objectOf(value)
return ['1xx', '2xx', '3xx', '4xx', '5xx'].map(name => numberOf(classes[name]))
}
function entriesOf(value ) {
return Object.entries(objectOf(value)).map(([name, one]) => [name, objectOf(one)])
}
function objectOf(value ) {
return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value ) : {}
}
function numberOf(value ) {
return typeof value === 'number' && Number.isFinite(value) ? value : 0
}
function maybeNumber(value ) {
return typeof value === 'number' && Number.isFinite(value) ? value : null
}
function textOf(value ) {
return typeof value === 'string' ? value : ''
}
function timeOf(value ) {
const time = typeof value === 'string' ? Date.parse(value) : NaN
return Number.isNaN(time) ? 0 : time
}
const NEWEST = 9
const PATIENCE_MS = 8000
class ApiTrouble extends Error {
name = 'ApiTrouble'
trouble
constructor(trouble ) {
super(trouble.detail)
this.trouble = trouble
}
}
class Client {
#base
#fetch
#root = ''
#paths = []
constructor(base , fetch ) {
this.#base = base
this.#fetch = fetch
}
async snapshot(nowMs ) {
if (this.#root === '') await this.#find()
const answers = await Promise.all(this.#paths.map(path => this.#read(\`\${this.#root}\${path}\`)))
const found = this.#paths.map((path, index) => [path, answers[index]] )
this.#paths = found.filter(([, answer]) => answer !== undefined).map(([path]) => path)
if (!this.#paths.includes('nginx')) {
this.forget()
throw new ApiTrouble({ kind: 'missing', detail: 'it tells nothing of the balancer' })
}
return readSnapshot(Object.fromEntries(found), nowMs())
}
forget() {
this.#root = ''
}
async mayWrite() {
const response = await this.#ask(\`\${this.#root}http/upstreams/-no-upstream-of-this-name-/servers/0\`, {
method: 'PATCH',
headers: { 'Content-Type': 'application/json' },
body: '{}',
})
return response.status === 404 || response.status === 400
}
async change({ kind, name } , { id } , patch ) {
const response = await this.#ask(\`\${this.#root}\${kind}/upstreams/\${encodeURIComponent(name)}/servers/\${id}\`, {
method: 'PATCH',
headers: { 'Content-Type': 'application/json' },
body: JSON.stringify(patch),
})
if (!response.ok) throw new Error(await reasonOf(response))
}
async #find() {
const versions = await this.#read(this.#base)
const known = (Array.isArray(versions) ? versions : []).filter(
(version) => typeof version === 'number' && version <= NEWEST,
)
if (known.length === 0) {
const detail =
versions === undefined ? 'there is nothing at that path' : 'it offers no version that this page knows'
throw new ApiTrouble({ kind: 'missing', detail })
}
this.#root = \`\${this.#base}\${Math.max(...known)}/\`
this.#paths = snapshotPaths
}
async #read(url ) {
const response = await this.#ask(url, {})
if (response.status === 404) return undefined
if (response.status === 401 || response.status === 403) {
throw new ApiTrouble({ kind: 'refused', detail: await reasonOf(response) })
}
if (response.status >= 500) throw new ApiTrouble({ kind: 'unreachable', detail: await reasonOf(response) })
if (!response.ok) throw new ApiTrouble({ kind: 'missing', detail: await reasonOf(response) })
try {
return await response.json()
} catch {
throw new ApiTrouble({ kind: 'missing', detail: 'what answers there is not JSON' })
}
}
async #ask(url , init ) {
try {
return await this.#fetch(url, { ...init, cache: 'no-store', signal: AbortSignal.timeout(PATIENCE_MS) })
} catch (error) {
const late = error instanceof Error && error.name === 'TimeoutError'
const detail = late ? \`no answer in \${PATIENCE_MS / 1000} seconds\` : 'the connection failed'
throw new ApiTrouble({ kind: 'unreachable', detail })
}
}
}
async function reasonOf(response ) {
const status = \`\${response.status} \${response.statusText}\`.trim()
try {
const answer = (await response.json())
const text = answer.error?.text
return typeof text === 'string' && text !== '' ? text : status
} catch {
return status
}
}
function make (
name ,
attributes = {},
...children
) {
const element = document.createElement(name)
for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, value)
element.append(...children.filter(child => child !== null))
return element
}
function makeSvg(name , attributes = {}) {
const element = document.createElementNS('http://www.w3.org/2000/svg', name)
for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, value)
return element
}
function byId (id ) {
const element = document.getElementById(id)
if (element === null) throw new Error(\`the page has no #\${id}\`)
return element
}
function setText(node , text ) {
if (node.textContent !== text) node.textContent = text
}
function setAttribute(element , name , value ) {
if (element.getAttribute(name) !== value) element.setAttribute(name, value)
}
class KeyedList {
#parent
#key
#make
#parts = new Map ()
constructor(parent , key , makePart ) {
this.#parent = parent
this.#key = key
this.#make = makePart
}
show(items ) {
const before = this.#parts
this.#parts = new Map()
let place = this.#parent.firstElementChild
for (const item of items) {
const key = this.#key(item)
if (this.#parts.has(key)) continue
const part = before.get(key) ?? this.#make(item)
before.delete(key)
this.#parts.set(key, part)
part.update(item)
if (part.element === place) place = place.nextElementSibling
else this.#parent.insertBefore(part.element, place)
}
for (const { element } of before.values()) element.remove()
}
}
const noTraffic = { perSecond: 0, classes: [0, 0, 0, 0, 0], averageMs: null, p50Ms: null, p99Ms: null }
function peerTraffic(now , before , seconds ) {
if (before === undefined || seconds <= 0) return { ...noTraffic, averageMs: now.responseMs }
return trafficOf([{ now, before }], seconds)
}
function upstreamTraffic(now , before , seconds ) {
return before === undefined || seconds <= 0 ? noTraffic : trafficOf(pairs(now, before), seconds)
}
function wholeTraffic(now , before ) {
const seconds = secondsBetween(now, before)
if (before === null || seconds <= 0) return noTraffic
const earlier = upstreamsByKey(before)
const all = now.upstreams
.filter(({ kind }) => kind === 'http')
.flatMap(upstream => {
const old = earlier.get(upstreamKey(upstream))
return old === undefined ? [] : pairs(upstream, old)
})
return trafficOf(all, seconds)
}
function secondsBetween(now , before ) {
return before === null ? 0 : (now.atMs - before.atMs) / 1000
}
function growth(now , before ) {
return now >= before ? now - before : now
}
function upstreamKey({ kind, name } ) {
return \`\${kind} \${name}\`
}
function upstreamsByKey({ upstreams } ) {
return new Map(upstreams.map(upstream => [upstreamKey(upstream), upstream]))
}
function peerKey({ id, server } ) {
return \`\${id} \${server}\`
}
function quantile({ boundsMs, counts } , share ) {
const all = counts.reduce((sum, count) => sum + count, 0)
if (all === 0) return null
const wanted = share * all
let below = 0
for (const [bucket, count] of counts.entries()) {
if (count > 0 && below + count >= wanted) {
const from = bucket === 0 ? 0 : boundsMs[bucket - 1]
const to = boundsMs[bucket]
return to === undefined ? from : from + ((wanted - below) / count) * (to - from)
}
below += count
}
return boundsMs.at(-1) ?? null
}
function pairs(now , before ) {
const earlier = new Map(before.peers.map(peer => [peerKey(peer), peer]))
return now.peers.flatMap(peer => {
const old = earlier.get(peerKey(peer))
return old === undefined ? [] : [{ now: peer, before: old }]
})
}
function trafficOf(all , seconds ) {
let requests = 0
const classes = [0, 0, 0, 0, 0]
let timed = 0
let ms = 0
let histogram = null
for (const { now, before } of all) {
const more = growth(now.requests, before.requests)
requests += more
for (const index of classes.keys()) classes[index] += growth(now.classes[index] ?? 0, before.classes[index] ?? 0)
if (now.responseMs !== null && more > 0) {
timed += more
ms += more * now.responseMs
}
if (now.histogram !== null && before.histogram !== null) {
histogram ??= { boundsMs: now.histogram.boundsMs, counts: now.histogram.counts.map(() => 0) }
for (const [bucket, count] of now.histogram.counts.entries()) {
histogram.counts[bucket] += growth(count, before.histogram.counts[bucket] ?? 0)
}
}
}
return {
perSecond: requests / seconds,
classes: classes.map(count => count / seconds),
averageMs: timed === 0 ? (all.length === 1 ? all[0] .now.responseMs : null) : ms / timed,
p50Ms: histogram === null ? null : quantile(histogram, 0.5),
p99Ms: histogram === null ? null : quantile(histogram, 0.99),
}
}
const HISTORY_MS = 30 * 60_000
const BUDGET = 32_000_000
const MOST_SERIES = 40
class History {
#budget
#points = []
#kept = []
#size = 0
#latest = null
constructor(budget = BUDGET) {
this.#budget = budget
}
get points() {
return this.#points
}
get latest() {
return this.#latest
}
get depth() {
return this.#kept.length
}
add(now ) {
const before = this.#latest?.now ?? null
this.#latest = { now, before }
this.#points.push(pointOf(now, before))
const text = JSON.stringify(now)
this.#kept.push({ atMs: now.atMs, text })
this.#size += text.length
const oldest = now.atMs - HISTORY_MS
while ((this.#points[0]?.atMs ?? oldest) < oldest) this.#points.shift()
while ((this.#kept[0]?.atMs ?? oldest) < oldest) this.#size -= this.#kept.shift() .text.length
if (this.#size > this.#budget) this.#thin()
}
at(atMs ) {
let best = -1
for (const [index, kept] of this.#kept.entries()) {
if (best < 0 || Math.abs(kept.atMs - atMs) <= Math.abs(this.#kept[best] .atMs - atMs)) best = index
}
const now = this.#kept[best]
if (now === undefined) return null
const before = this.#kept[best - 1]
return { now: JSON.parse(now.text), before: before === undefined ? null : JSON.parse(before.text) }
}
#thin() {
const middle = Math.floor(this.#kept.length / 2)
this.#kept = this.#kept.filter((_, index) => index >= middle || index % 2 === 0)
while (this.#kept.length > 1 && sizeOf(this.#kept) > this.#budget) this.#kept.shift()
this.#size = sizeOf(this.#kept)
}
}
function sizeOf(kept ) {
return kept.reduce((sum, { text }) => sum + text.length, 0)
}
function pointOf(now , before ) {
const earlier = before === null ? new Map() : upstreamsByKey(before)
const seconds = secondsBetween(now, before)
const byUpstream = new Map(
now.upstreams.slice(0, MOST_SERIES).map(upstream => {
const key = upstreamKey(upstream)
return [key, upstreamTraffic(upstream, earlier.get(key), seconds)]
}),
)
return { atMs: now.atMs, whole: wholeTraffic(now, before), byUpstream }
}
function formatCount(count ) {
if (count < 10_000) return String(Math.round(count))
for (const [size, letter] of [
[1e9, 'G'],
[1e6, 'M'],
[1e3, 'k'],
] ) {
if (count >= size) return \`\${(count / size).toFixed(count / size < 100 ? 1 : 0)}\${letter}\`
}
return String(count)
}
function formatRate(perSecond ) {
if (perSecond === 0) return '0'
if (perSecond < 0.05) return '<0.1'
return perSecond < 10 ? perSecond.toFixed(1) : formatCount(perSecond)
}
function formatBytes(bytes ) {
const units = ['B', 'kB', 'MB', 'GB', 'TB']
let unit = 0
let size = bytes
while (size >= 1000 && unit < units.length - 1) {
size /= 1000
unit++
}
return \`\${unit === 0 || size >= 100 ? Math.round(size) : size.toFixed(1)} \${units[unit]}\`
}
function formatMs(ms ) {
if (ms === null) return '–'
if (ms < 10) return \`\${Number(ms.toFixed(1))} ms\`
return ms < 1000 ? \`\${Math.round(ms)} ms\` : \`\${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s\`
}
function formatDuration(ms ) {
const seconds = Math.floor(ms / 1000)
if (seconds < 60) return \`\${seconds} s\`
if (seconds < 3600) return \`\${Math.floor(seconds / 60)} min\`
if (seconds < 86_400) return \`\${Math.floor(seconds / 3600)} h \${Math.floor((seconds % 3600) / 60)} min\`
return \`\${Math.floor(seconds / 86_400)} d \${Math.floor((seconds % 86_400) / 3600)} h\`
}
function formatPercent(share ) {
if (share > 0 && share < 0.001) return '<0.1 %'
return \`\${share >= 0.9995 || share === 0 ? Math.round(share * 100) : (share * 100).toFixed(1)} %\`
}
function formatClock(atMs ) {
const time = new Date(atMs)
return [time.getHours(), time.getMinutes(), time.getSeconds()].map(part => String(part).padStart(2, '0')).join(':')
}
class Table {
element
#rows
constructor(label , columns , key ) {
const head = make('tr', { role: 'row' })
for (const { title, about = '', kind } of columns) {
const cell = make('th', { role: 'columnheader', scope: 'col', class: kind }, title)
if (about !== '') cell.title = about
head.append(cell)
}
const body = make('tbody', { role: 'rowgroup' })
const table = make('table', { role: 'table', 'aria-label': label }, make('thead', { role: 'rowgroup' }, head), body)
this.element = make('div', { class: 'scroll' }, table)
this.#rows = new KeyedList(body, key, () => makeRow(columns))
}
show(items ) {
this.#rows.show(items)
}
}
function makeRow (columns ) {
const element = make('tr', { role: 'row' })
const cells = columns.map(({ title, kind }) => {
const cell = make('td', { role: kind === 'name' ? 'rowheader' : 'cell', class: kind, 'data-label': title })
element.append(cell)
return cell
})
return {
element,
update(item) {
for (const [index, { show, tone }] of columns.entries()) {
const cell = cells[index]
const text = show(item, cell)
if (text !== null) setText(cell, text)
if (tone !== undefined) setAttribute(cell, 'data-tone', tone(item))
}
},
}
}
class Lists {
#places
#zones = new Table ('Zones', zoneColumns, ({ zone }) => \`\${zone.kind} \${zone.name}\`)
#caches = new Table ('Caches', cacheColumns, ({ name }) => name)
#limits = new Table ('Limits', limitColumns, ({ limit }) => \`\${limit.kind} \${limit.name}\`)
constructor(places ) {
this.#places = places
places.zones.append(this.#zones.element)
places.caches.append(this.#caches.element)
places.limits.append(this.#limits.element)
}
show({ now, before } ) {
const { zones, caches, limits } = this.#places
const seconds = secondsBetween(now, before)
const perSecond = (count , old ) =>
old === undefined || seconds <= 0 ? 0 : growth(count, old) / seconds
const oldZones = new Map(before?.zones.map(zone => [\`\${zone.kind} \${zone.name}\`, zone.requests]))
const oldLimits = new Map(before?.limits.map(limit => [\`\${limit.kind} \${limit.name}\`, limit.rejected]))
this.#zones.show(
now.zones.map(zone => ({ zone, perSecond: perSecond(zone.requests, oldZones.get(\`\${zone.kind} \${zone.name}\`)) })),
)
this.#caches.show(now.caches)
this.#limits.show(
now.limits.map(limit => ({
limit,
rejectedPerSecond: perSecond(limit.rejected, oldLimits.get(\`\${limit.kind} \${limit.name}\`)),
})),
)
zones.hidden = now.zones.length === 0
caches.hidden = now.caches.length === 0
limits.hidden = now.limits.length === 0
}
}
const zoneColumns = [
{ title: 'Zone', kind: 'name', show: ({ zone }) => zone.name },
{ title: 'Counts', kind: 'text', show: ({ zone }) => (zone.kind === 'stream' ? 'TCP and UDP server' : zone.kind) },
{ title: 'Per second', kind: 'number', show: ({ perSecond }) => formatRate(perSecond) },
{ title: 'Requests', kind: 'number', show: ({ zone }) => formatCount(zone.requests) },
{
title: 'In flight',
kind: 'number',
show: ({ zone }) => (zone.kind === 'location' ? '–' : formatCount(zone.processing)),
},
...[2, 3, 4, 5].map((digit) => ({
title: \`\${digit}xx\`,
kind: 'number',
show: ({ zone }) => formatCount(zone.classes[digit - 1] ?? 0),
tone: ({ zone }) => ((zone.classes[digit - 1] ?? 0) === 0 ? 'quiet' : digit > 3 ? 'warn' : ''),
})),
{
title: 'Discarded',
about: 'Ended without an answer',
kind: 'number',
show: ({ zone }) => formatCount(zone.discarded),
},
{ title: 'Received', kind: 'number', show: ({ zone }) => formatBytes(zone.received) },
{ title: 'Sent', kind: 'number', show: ({ zone }) => formatBytes(zone.sent) },
]
const cacheColumns = [
{ title: 'Cache', kind: 'name', show: ({ name }) => name },
{
title: 'Size',
kind: 'number',
show: ({ size, most }) => (most > 0 ? \`\${formatBytes(size)} of \${formatBytes(most)}\` : formatBytes(size)),
},
{ title: 'Hit ratio', kind: 'number', show: cache => showRatio(cache) },
{ title: 'Hits', kind: 'number', show: ({ hit }) => formatCount(hit) },
{ title: 'Stale', kind: 'number', show: ({ stale }) => formatCount(stale) },
{ title: 'Misses', kind: 'number', show: ({ miss }) => formatCount(miss) },
{ title: 'Bypassed', kind: 'number', show: ({ bypass }) => formatCount(bypass) },
{ title: 'State', kind: 'text', show: ({ cold }) => (cold ? 'loading' : 'ready') },
]
const limitColumns = [
{ title: 'Limit', kind: 'name', show: ({ limit }) => limit.name },
{ title: 'Of', kind: 'text', show: ({ limit }) => limit.kind },
{ title: 'Passed', kind: 'number', show: ({ limit }) => formatCount(limit.passed) },
{ title: 'Delayed', kind: 'number', show: ({ limit }) => formatCount(limit.delayed) },
{
title: 'Rejected',
kind: 'number',
show: ({ limit }) => formatCount(limit.rejected),
tone: ({ rejectedPerSecond }) => (rejectedPerSecond > 0 ? 'warn' : ''),
},
{ title: 'Rejected per second', kind: 'number', show: ({ rejectedPerSecond }) => formatRate(rejectedPerSecond) },
{ title: 'In dry run', kind: 'number', show: ({ limit }) => formatCount(limit.dryRun) },
]
function showRatio({ hit, stale, miss, bypass } ) {
const all = hit + stale + miss + bypass
return all === 0 ? '–' : formatPercent((hit + stale) / all)
}
function troubleNotice({ kind, detail } , api , seenBefore ) {
switch (kind) {
case 'unreachable':
return {
level: 'problem',
title: 'The balancer does not answer',
text: \`\${sentence(detail)} \${seenBefore ? 'What you see is what was known last. ' : ''}Trying again.\`,
}
case 'refused':
return {
level: 'problem',
title: \`The API at \${api} refuses\`,
text: sentence(detail),
code: \`location \${api} { api; allow 192.0.2.0/24; deny all; }\`,
}
case 'missing':
return {
level: 'problem',
title: \`There is no API at \${api}\`,
text: \`\${sentence(detail)} Add a location for it, or say where it is with dashboard api=/path/; and reload.\`,
code: \`location \${api} { api write=on; }\`,
}
}
}
function readOnlyNotice(api ) {
return {
level: 'hint',
title: 'Read-only',
text: 'Servers can be changed from here where the API may be written to:',
code: \`location \${api} { api write=on; }\`,
}
}
function sentence(text ) {
return \`\${text.charAt(0).toUpperCase()}\${text.slice(1)}\${/[.!?]$/.test(text) ? '' : '.'}\`
}
function niceMost(value ) {
if (!(value > 0)) return 1
const power = 10 ** Math.floor(Math.log10(value))
for (const step of [1, 1.5, 2, 3, 4, 5, 7.5]) if (value <= step * power) return step * power
return 10 * power
}
function spanMs(firstMs , nowMs , longestMs ) {
return Math.min(longestMs, Math.max(120_000, firstMs === undefined ? 0 : nowMs - firstMs))
}
function thinned(samples , places , how ) {
if (samples.length <= places) return samples
const size = Math.ceil(samples.length / places)
const result = []
for (let from = 0; from < samples.length; from += size) {
const some = samples.slice(from, from + size)
result.push({ atMs: some.at(-1) .atMs, values: some[0] .values.map((_, series) => merged(some, series, how)) })
}
return result
}
function linePath(samples , series , frame ) {
let path = ''
let drawing = false
for (const { atMs, values } of samples) {
const value = values[series] ?? null
if (value !== null) path += \`\${drawing ? 'L' : 'M'}\${place(atMs, value, frame)}\`
drawing = value !== null
}
return path
}
function areaPath(samples , series , frame ) {
if (samples.length < 2) return ''
const upper = samples.map(({ atMs, values }) => place(atMs, sumOf(values, series + 1), frame))
const lower = samples.map(({ atMs, values }) => place(atMs, sumOf(values, series), frame)).reverse()
return \`M\${upper.join('L')}L\${lower.join('L')}Z\`
}
function largest(samples , stacked ) {
let most = 0
for (const { values } of samples) {
if (stacked) most = Math.max(most, sumOf(values, values.length))
else for (const value of values) most = Math.max(most, value ?? 0)
}
return most
}
function sampleAt(
samples ,
share ,
{ fromMs, toMs } ,
) {
const wanted = fromMs + share * (toMs - fromMs)
let best = null
for (const sample of samples) {
if (best === null || Math.abs(sample.atMs - wanted) < Math.abs(best.atMs - wanted)) best = sample
}
return best
}
function placeOf(atMs , { width, fromMs, toMs } ) {
return ((atMs - fromMs) / (toMs - fromMs)) * width
}
function place(atMs , value , frame ) {
const y = frame.height - (Math.min(value, frame.most) / frame.most) * frame.height
return \`\${placeOf(atMs, frame).toFixed(1)} \${y.toFixed(1)}\`
}
function merged(samples , series , how ) {
const known = samples.map(({ values }) => values[series] ?? null).filter(value => value !== null)
if (known.length === 0) return null
return how === 'largest' ? Math.max(...known) : known.reduce((sum, value) => sum + value, 0) / known.length
}
function sumOf(values , count ) {
let sum = 0
for (let series = 0; series < count; series++) sum += values[series] ?? 0
return sum
}
const HEIGHT = 150
class Chart {
element
#options
#picture = makeSvg('svg', { role: 'img', height: String(HEIGHT), preserveAspectRatio: 'none' })
#lines = makeSvg('g')
#mark = makeSvg('line', { class: 'mark', y1: '0', y2: String(HEIGHT) })
#top = make('span', { class: 'axis top' })
#from = make('span', { class: 'axis from' })
#figures
#when = make('span', { class: 'when' })
#paths
#samples = []
#window = { fromMs: 0, toMs: 1, markMs: null }
#pointer = null
constructor(options ) {
this.#options = options
const { series, title, stacked } = options
this.#figures = series.map(() => make('b'))
const legend = make('ul', { class: 'legend' })
for (const [index, { name, look }] of series.entries()) {
legend.append(make('li', { 'data-look': look }, name, ' ', this.#figures[index] ))
}
for (const share of [0.25, 0.5, 0.75]) {
const y = String(HEIGHT * share)
this.#picture.append(makeSvg('line', { class: 'grid', x1: '0', x2: '100%', y1: y, y2: y }))
}
this.#paths = series.map(({ look }) => makeSvg('path', { class: stacked ? 'area' : 'line', 'data-look': look }))
this.#lines.append(...this.#paths)
this.#picture.append(this.#lines, this.#mark)
const canvas = make(
'div',
{ class: 'canvas' },
this.#picture,
this.#top,
this.#from,
make('span', { class: 'axis to' }, 'now'),
)
this.element = make(
'figure',
{ class: 'chart' },
make('figcaption', {}, make('h3', {}, title), this.#when, legend),
canvas,
)
this.#listen()
}
show(samples , window ) {
this.#samples = samples
this.#window = window
this.draw()
}
draw() {
const { stacked, format, title, series } = this.#options
const width = Math.max(50, this.#picture.clientWidth)
const shown = thinned(this.#samples, Math.floor(width / 2), stacked ? 'average' : 'largest')
const { fromMs, toMs, markMs } = this.#window
const most = niceMost(largest(shown, stacked))
const frame = { width, height: HEIGHT, fromMs, toMs, most }
setAttribute(this.#picture, 'viewBox', \`0 0 \${width} \${HEIGHT}\`)
for (const [index, path] of this.#paths.entries()) {
setAttribute(path, 'd', stacked ? areaPath(shown, index, frame) : linePath(shown, index, frame))
}
setText(this.#top, format(most))
setText(this.#from, \`\${Math.round((toMs - fromMs) / 60_000)} min ago\`)
const looked = this.#pointer === null ? markMs : fromMs + this.#pointer * (toMs - fromMs)
this.#mark.toggleAttribute('hidden', looked === null)
if (looked !== null) for (const name of ['x1', 'x2']) setAttribute(this.#mark, name, String(placeOf(looked, frame)))
const sample =
looked === null ? this.#samples.at(-1) : sampleAt(this.#samples, (looked - fromMs) / (toMs - fromMs), frame)
const told = series.map((_, index) => {
const value = sample?.values[index] ?? null
return value === null ? '–' : format(value)
})
for (const [index, figure] of this.#figures.entries()) {
setText(figure, told[index] )
const always = series[index] .always === true
figure.parentElement .hidden = !always && !this.#samples.some(({ values }) => (values[index] ?? 0) > 0)
}
setText(this.#when, looked === null || sample === undefined || sample === null ? '' : formatClock(sample.atMs))
setAttribute(
this.#picture,
'aria-label',
\`\${title}: \${series.map(({ name }, index) => \`\${name} \${told[index]}\`).join(', ')}\`,
)
}
#listen() {
const share = (event ) => {
const box = this.#picture.getBoundingClientRect()
return Math.min(1, Math.max(0, (event.clientX - box.left) / box.width))
}
this.#picture.addEventListener('pointermove', event => {
this.#pointer = share(event)
this.draw()
})
this.#picture.addEventListener('pointerleave', () => {
this.#pointer = null
this.draw()
})
this.#picture.addEventListener('click', event => {
const { fromMs, toMs } = this.#window
this.#options.choose(fromMs + share(event) * (toMs - fromMs))
})
}
}
class Past {
#places
#history
#moved
#traffic
#latency
#atMs = null
constructor(places , history , moved ) {
this.#places = places
this.#history = history
this.#moved = moved
const choose = (atMs ) => this.go(atMs)
this.#traffic = new Chart({
title: 'Requests per second',
series: [
{ name: '2xx', look: 'good', always: true },
{ name: '3xx', look: 'calm' },
{ name: '4xx', look: 'warn' },
{ name: '5xx', look: 'bad' },
{ name: 'connections', look: 'quiet' },
],
stacked: true,
format: formatRate,
choose,
})
this.#latency = new Chart({
title: 'Latency',
series: [
{ name: 'average', look: 'calm', always: true },
{ name: 'p50', look: 'good' },
{ name: 'p99', look: 'warn' },
],
stacked: false,
format: formatMs,
choose,
})
places.charts.append(this.#traffic.element, this.#latency.element)
new ResizeObserver(() => this.#draw()).observe(places.charts)
places.slider.addEventListener('input', () => this.#slide())
places.live.addEventListener('click', () => this.go(null))
places.series.addEventListener('change', moved)
}
get atMs() {
return this.#atMs
}
go(atMs ) {
const newest = this.#history.points.at(-1)?.atMs ?? 0
this.#atMs = atMs === null || atMs >= newest - 1500 ? null : atMs
this.#moved()
}
show() {
const { slider, told, live } = this.#places
const { points } = this.#history
const last = points.at(-1)
if (last === undefined) return
const span = spanMs(points[0]?.atMs, last.atMs, HISTORY_MS)
if (this.#atMs !== null && this.#atMs < last.atMs - HISTORY_MS) this.#atMs = last.atMs - HISTORY_MS
slider.min = String(-Math.round(span / 1000))
slider.value = this.#atMs === null ? '0' : String(Math.round((this.#atMs - last.atMs) / 1000))
const text =
this.#atMs === null ? 'now' : \`\${formatClock(this.#atMs)}, \${formatDuration(last.atMs - this.#atMs)} ago\`
setText(told, this.#atMs === null ? 'Live' : \`As it was at \${text}\`)
setAttribute(slider, 'aria-valuetext', text)
live.hidden = this.#atMs === null
this.#offerSeries()
this.#draw()
}
#slide() {
const value = Number(this.#places.slider.value)
const newest = this.#history.points.at(-1)?.atMs ?? 0
this.go(value === 0 ? null : newest + value * 1000)
}
#draw() {
const { points } = this.#history
const last = points.at(-1)
if (last === undefined) return
const key = this.#places.series.value
const span = spanMs(points[0]?.atMs, last.atMs, HISTORY_MS)
const window = { fromMs: last.atMs - span, toMs: last.atMs, markMs: this.#atMs }
const rest = points.slice(1)
this.#traffic.show(
rest.map(point => trafficSample(point, key)),
window,
)
this.#latency.show(
rest.map(point => latencySample(point, key)),
window,
)
}
#offerSeries() {
const { series } = this.#places
const wanted = ['', ...(this.#history.points.at(-1)?.byUpstream.keys() ?? [])]
if (wanted.length === series.options.length && wanted.every((key, at) => series.options[at] .value === key)) return
const chosen = series.value
series.replaceChildren(
...wanted.map(key =>
make('option', { value: key }, key === '' ? 'all upstreams' : key.slice(key.indexOf(' ') + 1)),
),
)
series.value = wanted.includes(chosen) ? chosen : ''
}
}
function trafficSample({ atMs, whole, byUpstream } , key ) {
const { classes, perSecond } = key === '' ? whole : (byUpstream.get(key) ?? noTraffic)
const [, ok = 0, moved = 0, refused = 0, failed = 0] = classes
const connections = key.startsWith('stream ') ? perSecond : 0
return { atMs, values: [ok, moved, refused, failed, connections] }
}
function latencySample({ atMs, whole, byUpstream } , key ) {
const { averageMs, p50Ms, p99Ms } = key === '' ? whole : (byUpstream.get(key) ?? noTraffic)
return { atMs, values: [averageMs, p50Ms, p99Ms] }
}
const MOST_WEIGHT = 65_535
function wishOf({ state, weight } ) {
return { mode: state === 'down' ? 'down' : state === 'draining' ? 'drain' : 'up', weight }
}
function patchFor(before , wish ) {
const patch = {}
if (wish.mode !== before.mode) Object.assign(patch, { down: wish.mode === 'down', drain: wish.mode === 'drain' })
if (wish.weight !== before.weight) patch['weight'] = wish.weight
return Object.keys(patch).length === 0 ? null : patch
}
function readWeight(text ) {
const weight = /^\\d{1,5}$/.test(text.trim()) ? Number(text) : 0
return weight >= 1 && weight <= MOST_WEIGHT ? weight : null
}
function consequenceOf(upstream , peer , wish ) {
const before = wishOf(peer)
if (patchFor(before, wish) === null) return { text: 'Nothing changes yet.', grave: false }
const things = upstream.kind === 'http' ? 'requests' : 'connections'
if (wish.mode === 'up') {
const text = before.mode === 'up' ? \`New \${things} are shared by the new weights.\` : \`It gets new \${things} again.\`
return { text, grave: false }
}
const able = upstream.peers.filter(other => other !== peer && other.state === 'up')
const regular = able.filter(({ backup }) => !backup)
const others = regular.length > 0 && !peer.backup ? regular : able
const where =
others.length === 0
? \`No other server of \${upstream.name} is up: new \${things} will fail.\`
: \`New \${things} go to \${others.length === 1 ? 'the other server' : \`the other \${others.length} servers\`}.\`
const flight =
peer.active === 0
? 'Nothing is in flight there.'
: \`\${peer.active} in flight there \${peer.active === 1 ? 'finishes' : 'finish'}.\`
const bound = wish.mode === 'drain' ? \` Clients bound to it by a sticky session stay.\` : ''
return { text: \`\${where} \${flight}\${bound}\`, grave: others.length === 0 && before.mode === 'up' }
}
const done = { up: 'takes requests', drain: 'drains', down: 'is down' }
class ServerDialog {
#dialog = byId ('change')
#form = byId ('change-form')
#weight = byId ('change-weight')
#consequence = byId('change-consequence')
#problem = byId('change-problem')
#apply = byId ('change-apply')
#ports
#subject = null
constructor(ports ) {
this.#ports = ports
this.#weight.max = String(MOST_WEIGHT)
this.#form.addEventListener('input', () => this.#explain())
byId('change-cancel').addEventListener('click', () => this.#dialog.close())
this.#form.addEventListener('submit', event => {
event.preventDefault()
void this.#submit()
})
}
open(upstream , peer ) {
this.#subject = { upstream, peer }
const { mode, weight } = wishOf(peer)
setText(byId('change-title'), \`\${peer.server} of \${upstream.name}\`)
for (const input of this.#modes()) input.checked = input.value === mode
this.#weight.value = String(weight)
setText(this.#problem, '')
this.#explain()
this.#dialog.showModal()
}
#modes() {
return [...this.#form.querySelectorAll ('input[name=mode]')]
}
#wish() {
const weight = readWeight(this.#weight.value)
const mode = (this.#modes().find(input => input.checked)?.value ?? 'up')
return weight === null ? null : { mode, weight }
}
#explain() {
if (this.#subject === null) return
const { upstream, peer } = this.#subject
const wish = this.#wish()
const { text, grave } =
wish === null
? { text: \`A weight is a number from 1 to \${MOST_WEIGHT}.\`, grave: true }
: consequenceOf(upstream, peer, wish)
setText(this.#consequence, text)
this.#consequence.dataset['tone'] = grave ? 'bad' : ''
this.#apply.disabled = wish === null || patchFor(wishOf(peer), wish) === null
}
async #submit() {
const wish = this.#wish()
if (this.#subject === null || wish === null) return
const { upstream, peer } = this.#subject
const patch = patchFor(wishOf(peer), wish)
if (patch === null) return
this.#apply.disabled = true
setText(this.#problem, '')
try {
await this.#ports.change(upstream, peer, patch)
this.#dialog.close()
const weight = 'weight' in patch ? \` with weight \${wish.weight}\` : ''
this.#ports.done(\`\${peer.server} of \${upstream.name} \${done[wish.mode]}\${weight}.\`)
} catch (error) {
setText(this.#problem, \`It was not changed: \${error instanceof Error ? error.message : String(error)}\`)
this.#apply.disabled = false
}
}
}
const KEY = 'evenkeel-theme'
const themes = ['auto', 'light', 'dark']
function startTheme(button ) {
let theme = read()
const show = () => {
if (theme === 'auto') delete document.documentElement.dataset['theme']
else document.documentElement.dataset['theme'] = theme
setText(button, \`Theme: \${theme}\`)
}
button.addEventListener('click', () => {
theme = themes[(themes.indexOf(theme) + 1) % themes.length]
try {
localStorage.setItem(KEY, theme)
} catch {
}
show()
})
show()
}
function read() {
try {
const kept = localStorage.getItem(KEY)
return themes.find(theme => theme === kept) ?? 'auto'
} catch {
return 'auto'
}
}
class Tiles {
#tiles = new Map ()
constructor(parent ) {
for (const title of ['Requests', 'In flight', 'Errors', 'Latency', 'Servers', 'Connections']) {
const tile = make(
'div',
{ class: 'tile' },
make('dt', {}, title),
make('dd', { class: 'value' }, '–'),
make('dd', { class: 'note' }),
)
this.#tiles.set(title, tile)
parent.append(tile)
}
}
show(moment ) {
const { now, before } = moment
const traffic = wholeTraffic(now, before)
const seconds = secondsBetween(now, before)
const served = traffic.classes.reduce((sum, rate) => sum + rate, 0)
const errors = traffic.classes[4] ?? 0
const peers = now.upstreams.flatMap(upstream => upstream.peers)
const up = peers.filter(({ state }) => state === 'up').length
const flight = peers.reduce((sum, { active }) => sum + active, 0)
const accepted =
before === null || seconds <= 0 ? 0 : growth(now.connections.accepted, before.connections.accepted) / seconds
const { p50Ms, p99Ms, averageMs } = traffic
this.#show('Requests', \`\${formatRate(traffic.perSecond)}/s\`, 'to servers')
this.#show('In flight', formatCount(flight), 'at servers now')
this.#show(
'Errors',
formatPercent(served === 0 ? 0 : errors / served),
\`5xx: \${formatRate(errors)}/s\`,
errors > 0 ? 'bad' : '',
)
if (p50Ms === null) this.#show('Latency', formatMs(averageMs), 'on average')
else this.#show('Latency', formatMs(p50Ms), \`p50; p99 \${formatMs(p99Ms)}\`)
const tone = up === peers.length ? '' : up === 0 ? 'bad' : 'warn'
this.#show(
'Servers',
\`\${up} / \${peers.length}\`,
up === peers.length ? 'all up' : \`\${peers.length - up} not up\`,
tone,
)
this.#show(
'Connections',
formatCount(now.connections.active + now.connections.idle),
\`\${formatRate(accepted)}/s new\`,
)
}
#show(title , value , note , tone = '') {
const tile = this.#tiles.get(title)
setText(tile.children[1] , value)
setText(tile.children[2] , note)
setAttribute(tile, 'data-tone', tone)
}
}
function describeBalancer({ now } ) {
const since = now.loadedMs === 0 ? '' : \` · loaded \${formatDuration(Math.max(0, now.atMs - now.loadedMs))} ago\`
return \`\${now.build.replace(/^evenkeel-/, '')} · process \${now.pid} · configuration \${now.generation}\${since}\`
}
function describeState({ state } ) {
return stateWords[state]
}
const stateWords = {
up: { word: 'up', tone: 'good', about: 'takes requests' },
draining: { word: 'draining', tone: 'warn', about: 'takes nothing new and finishes the rest' },
down: { word: 'down', tone: 'quiet', about: 'taken out by the configuration or the API' },
unavail: { word: 'failing', tone: 'bad', about: 'out for a while because of failed attempts' },
checking: { word: 'checking', tone: 'warn', about: 'takes nothing until its first health check has passed' },
unhealthy: { word: 'unhealthy', tone: 'bad', about: 'out because its health checks fail' },
}
function isTrouble(peer ) {
return peer.state !== 'up' || peer.checks.lastPassed === false
}
function explainChecks({ checks } ) {
const { done, fails, lastPassed, reason } = checks
if (lastPassed === null) return done === 0 ? '–' : 'not yet'
const counts = fails === 0 ? formatCount(done) : \`\${formatCount(fails)} of \${formatCount(done)} failed\`
if (lastPassed) return \`passing (\${counts})\`
return reason === '' ? \`failing (\${counts})\` : \`failing: \${reason} (\${counts})\`
}
const MOST_ROWS = 200
class UpstreamCards {
#cards
#empty
#changeable = false
constructor(parent , empty , change ) {
this.#empty = empty
const columns = columnsFor(change, () => this.#changeable)
this.#cards = new KeyedList(
parent,
({ upstream }) => upstreamKey(upstream),
({ upstream }) => makeCard(upstream, columns),
)
}
show(moment , choice ) {
this.#changeable = choice.changeable
const cards = cardsOf(moment, choice)
this.#cards.show(cards)
const all = moment.now.upstreams.length
setText(
this.#empty,
cards.length > 0 ? '' : all === 0 ? 'The configuration has no upstreams.' : 'No server is like that.',
)
}
}
function cardsOf({ now, before } , { search, troubled } ) {
const seconds = secondsBetween(now, before)
const earlier = before === null ? new Map () : upstreamsByKey(before)
const wanted = search.trim().toLowerCase()
return now.upstreams.flatMap(upstream => {
const whole = upstream.name.toLowerCase().includes(wanted)
const peers = upstream.peers.filter(
peer => (whole || \`\${peer.server} \${peer.name}\`.toLowerCase().includes(wanted)) && (!troubled || isTrouble(peer)),
)
if (peers.length === 0 && (wanted !== '' || troubled)) return []
const old = new Map(earlier.get(upstreamKey(upstream))?.peers.map(peer => [peerKey(peer), peer]))
const rows = peers.slice(0, MOST_ROWS).map(peer => {
return { upstream, peer, traffic: peerTraffic(peer, old.get(peerKey(peer)), seconds) }
})
return [{ upstream: { ...upstream, peers }, rows }]
})
}
function makeCard({ kind, name } , columns ) {
const summary = make('span', { class: 'summary' })
const more = make('p', { class: 'quiet' })
const table = new Table (\`Servers of \${name}\`, columns, ({ peer }) => peerKey(peer))
const title = make('h3', {}, name)
if (kind === 'stream') title.append(' ', make('span', { class: 'tag' }, 'TCP and UDP'))
const element = make(
'article',
{ class: 'card', 'aria-label': \`Upstream \${name}\` },
make('header', {}, title, summary),
table.element,
more,
)
return {
element,
update({ upstream: { peers, queued }, rows }) {
const up = peers.filter(({ state }) => state === 'up').length
const rate = rows.reduce((sum, { traffic }) => sum + traffic.perSecond, 0)
const waiting = queued === null ? '' : \` · \${formatCount(queued)} waiting\`
setText(summary, \`\${up} of \${peers.length} up · \${formatRate(rate)}/s\${waiting}\`)
setAttribute(summary, 'data-tone', peers.length > 0 && up === 0 ? 'bad' : up < peers.length ? 'warn' : '')
table.show(rows)
setText(more, peers.length > rows.length ? \`\${peers.length - rows.length} more: search for them.\` : '')
},
}
}
function columnsFor(change , changeable ) {
return [
{ title: 'Server', kind: 'name', show: showName },
{ title: 'State', kind: 'text', show: showState },
{ title: 'Weight', kind: 'number', show: ({ peer }) => String(peer.weight) },
{
title: 'Per s',
about: 'Requests per second',
kind: 'number',
show: ({ traffic }) => formatRate(traffic.perSecond),
},
{ title: 'Requests', kind: 'number', show: ({ peer }) => formatCount(peer.requests) },
{
title: 'In flight',
about: 'Requests at the server now, and how many there may be',
kind: 'number',
show: showActive,
},
...([2, 3, 4, 5] ).map((digit) => ({
title: \`\${digit}xx\`,
kind: 'number',
show: ({ peer }) => formatCount(peer.classes[digit - 1] ?? 0),
tone: ({ peer, traffic }) => toneOfClass(digit, peer, traffic),
})),
{
title: 'Latency',
about: 'Time to the whole response: p50 and p99 where they are told, else the average',
kind: 'number',
show: showLatency,
},
{
title: 'Failures',
about: 'Failed attempts, and how often they made it unavailable',
kind: 'number',
show: showFailures,
tone: ({ peer }) => (peer.fails > 0 ? 'warn' : 'quiet'),
},
{
title: 'Checks',
about: 'Health checks: how they stand, and how many there were',
kind: 'text',
show: ({ peer }) => explainChecks(peer),
tone: ({ peer }) => (peer.checks.lastPassed === false ? 'bad' : 'quiet'),
},
{
title: 'Received',
about: 'Bytes from the server',
kind: 'number',
show: ({ peer }) => formatBytes(peer.received),
},
{
title: 'Change',
kind: 'text',
show: ({ upstream, peer }, cell) => {
const key = peerKey(peer)
let button = cell.querySelector('button')
if (button === null) {
button = make('button', { type: 'button' }, 'Change…')
button.addEventListener('click', () => change(upstreamKey(upstream), key))
cell.append(button)
}
setAttribute(button, 'aria-label', \`Change \${peer.server} of \${upstream.name}\`)
button.hidden = !changeable() || upstream.kind === 'stream'
return null
},
},
]
}
function showName({ peer } , cell ) {
if (cell.childElementCount === 0) cell.append(make('span'), make('span', { class: 'tag' }))
const [address, tag] = cell.children
setText(address , peer.server)
setText(tag , peer.backup ? 'backup' : '')
cell.title = peer.name === peer.server ? '' : peer.name
return null
}
function showState({ peer } , cell ) {
if (cell.childElementCount === 0) cell.append(make('span', { class: 'state' }))
const { word, tone, about } = describeState(peer)
const mark = cell.firstElementChild
setText(mark, word)
setAttribute(mark, 'data-tone', tone)
cell.title = peer.downtimeMs > 0 ? \`\${about}; out for \${formatDuration(peer.downtimeMs)} in all\` : about
return null
}
function showActive({ peer } ) {
return peer.mostActive > 0 ? \`\${peer.active} / \${peer.mostActive}\` : String(peer.active)
}
function showLatency({ traffic, peer } ) {
if (traffic.p50Ms !== null) return \`\${formatMs(traffic.p50Ms)} / \${formatMs(traffic.p99Ms)}\`
return formatMs(traffic.averageMs ?? peer.responseMs)
}
function showFailures({ peer } ) {
return peer.unavailable > 0
? \`\${formatCount(peer.fails)} (\${formatCount(peer.unavailable)}×)\`
: formatCount(peer.fails)
}
function toneOfClass(digit , { classes } , { classes: now } ) {
if ((classes[digit - 1] ?? 0) === 0) return 'quiet'
if (digit < 4) return ''
return (now[digit - 1] ?? 0) > 0 && digit === 5 ? 'bad' : 'warn'
}
const EVERY_MS = 2000
const LONGEST_PAUSE_MS = 15_000
const api = document.documentElement.dataset['api'] ?? '/api/'
const client = new Client(api, (url, init) => fetch(url, init))
const history = new History()
const search = byId ('search')
const troubled = byId ('troubled')
const tiles = new Tiles(byId('tiles'))
const lists = new Lists({ zones: byId('zones'), caches: byId('caches'), limits: byId('limits') })
const past = new Past(
{
charts: byId('charts'),
slider: byId ('slider'),
told: byId('told'),
live: byId('live'),
series: byId ('series'),
},
history,
show,
)
const cards = new UpstreamCards(byId('upstreams'), byId('no-upstreams'), openDialog)
const dialog = new ServerDialog({
change: (upstream, peer, patch) => client.change(upstream, peer, patch),
done: text => {
setText(byId('said'), text)
void poll()
},
})
let trouble = null
let writable = null
let checkedFor = ''
let pauseMs = EVERY_MS
let timer
let polling = false
startTheme(byId('theme'))
for (const input of [search, troubled]) input.addEventListener('input', show)
document.addEventListener('keydown', pressed)
document.addEventListener('visibilitychange', () => {
if (!document.hidden) void poll()
})
void poll()
async function poll() {
if (polling) return
polling = true
clearTimeout(timer)
try {
const snapshot = await client.snapshot(() => Date.now())
history.add(snapshot)
trouble = null
pauseMs = EVERY_MS
const known = \`\${snapshot.pid} \${snapshot.generation}\`
if (writable === null || known !== checkedFor) {
checkedFor = known
writable = await client.mayWrite()
}
} catch (error) {
trouble = error instanceof ApiTrouble ? error.trouble : { kind: 'unreachable', detail: String(error) }
client.forget()
writable = null
pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 1.5)
}
polling = false
timer = setTimeout(() => void poll(), pauseMs)
show()
}
function show() {
showNotice()
past.show()
const moment = past.atMs === null ? history.latest : history.at(past.atMs)
byId('all').hidden = moment === null
const status = byId('status')
const standing = trouble !== null ? 'offline' : moment === null ? 'connecting' : past.atMs !== null ? 'past' : 'live'
setText(status, standing === 'past' ? 'in the past' : standing)
setAttribute(status, 'data-tone', { offline: 'bad', connecting: 'quiet', past: 'warn', live: 'good' }[standing])
setAttribute(document.body, 'data-standing', standing)
if (moment === null) return
setText(byId('balancer'), describeBalancer(moment))
tiles.show(moment)
lists.show(moment)
const changeable = writable === true && trouble === null && past.atMs === null
cards.show(moment, { search: search.value, troubled: troubled.checked, changeable })
}
function showNotice() {
const seenBefore = history.latest !== null
const notice =
trouble !== null ? troubleNotice(trouble, api, seenBefore) : writable === false ? readOnlyNotice(api) : null
const place = byId('notice')
place.hidden = notice === null
if (notice === null) return
setAttribute(place, 'data-level', notice.level)
const key = JSON.stringify(notice)
if (place.dataset['key'] === key) return
place.dataset['key'] = key
place.replaceChildren(make('strong', {}, notice.title), ' ', notice.text)
if (notice.code !== undefined) place.append(' ', make('code', {}, notice.code))
}
function openDialog(upstreamName , peerName ) {
const upstream = history.latest?.now.upstreams.find(one => upstreamKey(one) === upstreamName)
const peer = upstream?.peers.find(one => peerKey(one) === peerName)
if (upstream !== undefined && peer !== undefined) dialog.open(upstream, peer)
}
function pressed(event ) {
const { target, key } = event
if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]') !== null) return
if (target instanceof HTMLElement && target.matches('input, select, textarea')) {
if (key === 'Escape' && target === search) {
search.value = ''
show()
}
return
}
const newest = history.latest?.now.atMs ?? 0
if (key === '/') {
event.preventDefault()
search.focus()
} else if (key === 'l') past.go(null)
else if (key === '[') past.go((past.atMs ?? newest) - 10_000)
else if (key === ']') past.go((past.atMs ?? newest) + 10_000)
}</script>
</body>
</html>
`
