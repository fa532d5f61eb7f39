// Reads lists of sites from standard input and writes the corners of their numbers, for test_number_agreement.py.

import { readFileSync } from "node:fs";

import { CORNERS, corners } from "../../clinic/static/js/face_chart/numbers.mjs";

const lists = JSON.parse(readFileSync(0, "utf8"));
const found = lists.map(({ sites, mirrored }) => [...corners(sites, mirrored)].map(([id, corner]) => [id, CORNERS[corner]]));
process.stdout.write(JSON.stringify(found));
