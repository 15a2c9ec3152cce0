// What was decided during a call is done once it is a report: the grid that was chosen, the one it belongs to.

import { send } from "./api.js";

/** Take the steps that a call has settled; returns what did not work, in words. */
export async function settle(report, { chosen, linked }) {
  const steps = [];
  if (chosen && report.steps_allowed.includes("confirm_grid")) steps.push([{ step: "confirm_grid", grid: chosen }, "归属没有确认"]);
  if (linked) steps.push([{ step: "merge", report: linked }, "没有并入"]);
  const troubles = [];
  for (const [step, words] of steps) {
    try {
      await send("POST", `/v1/reports/${encodeURIComponent(report.id)}/steps`, step);
    } catch (error) {
      troubles.push(`${words}：${error.message}`);
    }
  }
  return troubles;
}
