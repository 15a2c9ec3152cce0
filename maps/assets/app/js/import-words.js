// The words of the import page: stages, states, what a finding is called and how bad it is.

export const STAGE_WORDS = {
  waiting: "排队等候检查…",
  reading: "正在读取文件…",
  checking: "正在逐边检查…",
  repairing: "正在试算修复…",
  comparing: "正在与现有界线对比…",
};

export const STATE_WORDS = {
  waiting: { word: "排队", mood: "" },
  running: { word: "检查中", mood: "" },
  examined: { word: "已检查", mood: "good" },
  refused: { word: "未读取", mood: "bad" },
  applied: { word: "已生成方案", mood: "good" },
};

export const CHANGE_WORDS = { changed: "改动", created: "新网格", retired: "停用" };

const numbers = new Intl.NumberFormat("zh-CN", { maximumFractionDigits: 2 });

/** Square metres as they are told of findings: small ones with their centimetres. */
export function squareMetres(value) {
  if (!value) return "";
  if (value >= 1_000_000) return `${numbers.format(value / 1_000_000)}平方公里`;
  return value >= 10_000 ? `${numbers.format(value / 10_000)}公顷` : `${wholeOrFine(value)}平方米`;
}

/** A number with two decimals while it is small, whole from a hundred on. */
export function wholeOrFine(value) {
  return numbers.format(value >= 100 ? Math.round(value) : value);
}

export function width(value) {
  return value === null || value === undefined ? "" : `均宽${numbers.format(value)}米`;
}

export function mebibytes(bytes) {
  return bytes < 1_048_576 ? `${Math.max(1, Math.round(bytes / 1024))} KiB` : `${numbers.format(bytes / 1_048_576)} MiB`;
}

/** How far an examination is, for people. */
export function stageOf(progress) {
  const word = STAGE_WORDS[progress?.stage] ?? STAGE_WORDS.waiting;
  return progress?.of ? `${word} ${progress.done}／${progress.of}` : word;
}
