// A canvas in a pane of its own that follows the map; who extends it only paints.
/* global L */

const PADDING = 0.06; // painted beyond the window on each side, as a share of it

export const CanvasPane = L.Renderer.extend({
  options: { padding: PADDING, interactive: false },

  initialize(paneName, zIndex) {
    L.Renderer.prototype.initialize.call(this, { pane: paneName, padding: PADDING });
    this._layers = {};
    this._zIndex = zIndex;
  },

  beforeAdd(map) {
    if (!map.getPane(this.options.pane)) {
      const pane = map.createPane(this.options.pane);
      pane.style.zIndex = String(this._zIndex);
      pane.style.pointerEvents = "none";
    }
    L.Renderer.prototype.beforeAdd?.call(this, map);
  },

  _initContainer() {
    this._container = document.createElement("canvas");
    this._container.setAttribute("aria-hidden", "true");
  },

  _destroyContainer() {
    this._container.remove();
    delete this._container;
  },

  _updatePaths() {},

  _update() {
    if (this._map._animatingZoom && this._bounds) return;
    L.Renderer.prototype._update.call(this);
    const { min } = this._bounds;
    const size = this._bounds.getSize();
    const ratio = Math.min(window.devicePixelRatio || 1, 2);
    const canvas = this._container;
    L.DomUtil.setPosition(canvas, min);
    canvas.width = Math.round(size.x * ratio);
    canvas.height = Math.round(size.y * ratio);
    canvas.style.width = `${size.x}px`;
    canvas.style.height = `${size.y}px`;
    this.repaint();
  },

  /** Paint again without a moved map: other data, other theme, other choice. */
  repaint() {
    if (!this._map || !this._bounds || !this._container) return;
    const ratio = Math.min(window.devicePixelRatio || 1, 2);
    const context = this._container.getContext("2d");
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this._container.width, this._container.height);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const origin = this._map.getPixelOrigin().add(this._bounds.min);
    const size = this._bounds.getSize();
    const scale = 2 ** this._map.getZoom();
    this.paint(context, {
      scale,
      ratio,
      originX: origin.x,
      originY: origin.y,
      width: size.x,
      height: size.y,
      // The visible window in world pixels, to leave out what lies outside.
      window: { left: origin.x / scale, top: origin.y / scale, right: (origin.x + size.x) / scale, bottom: (origin.y + size.y) / scale },
    });
  },

  paint() {},
});

export function overlaps(a, b) {
  return a.left <= b.right && a.right >= b.left && a.top <= b.bottom && a.bottom >= b.top;
}

/** Add rings or lines in world pixels to a path. */
export function trace(path, points, view, closed) {
  const { scale, originX, originY } = view;
  path.moveTo(points[0] * scale - originX, points[1] * scale - originY);
  for (let i = 2; i < points.length; i += 2) {
    path.lineTo(points[i] * scale - originX, points[i + 1] * scale - originY);
  }
  if (closed) path.closePath();
}
