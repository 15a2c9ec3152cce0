// A page that is there to be printed.

import { byId } from "./dom.js";

byId("print").addEventListener("click", () => window.print());
