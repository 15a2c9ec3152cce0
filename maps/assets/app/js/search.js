// Search a grid or a place by name from anywhere on the map: / begins, Enter goes there.

import { PlaceField } from "./place-field.js";

export class SearchBox {
  constructor(input, results, onPick) {
    this.field = new PlaceField(input, results, {
      limit: 10,
      first: true,
      none: "没有找到，换一个写法试试",
      onPick: (item) => {
        input.value = item.name;
        input.blur(); // the keys belong to the map again
        onPick(item);
      },
    });
    if (matchMedia("(hover: hover) and (pointer: fine)").matches) input.placeholder += "（按 / 开始）"; // a finger has no keys
    document.addEventListener("keydown", (event) => {
      if (event.key === "/" && !/^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement?.tagName ?? "")) {
        event.preventDefault();
        input.focus();
      }
    });
  }
}
