// Every form of a page that asks to be guarded: what is typed into one is not lost by sending another.

import { guard } from "./unsaved.mjs";

for (const form of document.querySelectorAll("form[data-check]")) guard(form);
