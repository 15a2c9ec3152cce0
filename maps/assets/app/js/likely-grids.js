// Which grids a report may belong to: the one that somebody named first, then the candidates of its place.

export function likelyGrids(report) {
  const { request, grid_named: named, decision, assignment } = report;
  const candidates = decision === "auto" ? [] : (assignment?.candidates ?? []);
  const first = named ? { grid: named, hint: "退单时指明" } : request?.grid ? { grid: { code: request.grid, name: request.grid_name }, hint: "申请人认为" } : null;
  return first ? [first, ...candidates.filter(({ grid }) => grid.code !== first.grid.code)] : candidates;
}
