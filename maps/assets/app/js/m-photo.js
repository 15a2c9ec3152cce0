// Take a photo: read its time and place, make it small enough for one bar of signal, keep it.

import { el } from "./dom.js";
import { readExif } from "./m-exif.js";

const LONG_SIDE = 1600;
const SMALL_BYTES = 280_000;
const QUALITIES = [0.8, 0.7, 0.6, 0.5, 0.4];
const MOST_BYTES = 10 * 1024 * 1024;
const FRESH_MS = 120_000;

/** Let the worker take or choose photos; resolves with what is ready to be kept. */
export function choosePhotos(position) {
  return new Promise((resolve, reject) => {
    const input = el("input", { type: "file", accept: "image/*", multiple: true, class: "visually-hidden", tabindex: "-1", "aria-hidden": "true", id: "m-photo-input" });
    input.addEventListener("change", async () => {
      input.remove();
      try {
        const photos = [];
        for (const file of input.files) photos.push(await prepare(file, position));
        resolve(photos);
      } catch (error) {
        reject(error);
      }
    });
    input.addEventListener("cancel", () => {
      input.remove();
      resolve([]);
    });
    document.querySelector("#m-photo-input")?.remove();
    document.body.append(input);
    input.click();
  });
}

async function prepare(file, position) {
  const original = await read(file, "readAsArrayBuffer");
  const said = readExif(original);
  const image = await decode(file).catch(() => null);
  const small = image ? await shrink(image) : null;
  if (!small && original.byteLength > MOST_BYTES) throw new Error("照片太大，手机又压缩不了，请把相机分辨率调低后重拍。");
  const changed = file.lastModified || Date.now();
  return {
    bytes: small?.bytes ?? original,
    preview: small?.preview ?? null,
    taken_at: said.at ?? new Date(changed).toISOString(),
    // Where the phone is now says nothing of a picture from yesterday.
    position: said.position ?? (Date.now() - changed < FRESH_MS ? position : null),
  };
}

function read(file, how) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(new Error("照片读不出来，请重新拍照。"));
    reader[how](file);
  });
}

async function decode(file) {
  if ("createImageBitmap" in window) {
    try {
      return await createImageBitmap(file, { imageOrientation: "from-image" });
    } catch {
      // An older browser knows the word but not the option, or not the format.
    }
  }
  const image = new Image();
  const ready = new Promise((resolve, reject) => {
    image.onload = resolve;
    image.onerror = reject;
  });
  image.src = await read(file, "readAsDataURL");
  await ready;
  return image;
}

async function shrink(image) {
  const scale = Math.min(1, LONG_SIDE / Math.max(image.width, image.height));
  const canvas = draw(image, image.width * scale, image.height * scale);
  for (const quality of QUALITIES) {
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", quality));
    if (!blob) return null;
    if (blob.size < SMALL_BYTES || quality === QUALITIES[QUALITIES.length - 1]) {
      const tiny = 144 / Math.max(canvas.width, canvas.height);
      const preview = draw(canvas, canvas.width * tiny, canvas.height * tiny).toDataURL("image/jpeg", 0.7);
      return { bytes: await read(blob, "readAsArrayBuffer"), preview };
    }
  }
  return null;
}

function draw(image, width, height) {
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(width));
  canvas.height = Math.max(1, Math.round(height));
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas;
}

/** Entries of the queue for photos of a report that has a number, or will get one. */
export function photoEntries(photos, { report = null, local = null }) {
  return photos.map(({ bytes, preview, taken_at, position }) => ({ kind: "photo", report, local, bytes, preview, taken_at, position, label: "照片" }));
}

export function previews(photos, onRemove) {
  return el(
    "ul",
    { class: "m-photos", "aria-label": "照片" },
    photos.map((photo, index) =>
      el(
        "li",
        null,
        photo.preview ? el("img", { src: photo.preview, alt: `第${index + 1}张照片` }) : el("span", { class: "m-photo-blank" }, "照片"),
        onRemove ? el("button", { type: "button", class: "button", onclick: () => onRemove(index), "aria-label": `去掉第${index + 1}张照片` }, "去掉") : null,
      ),
    ),
  );
}
