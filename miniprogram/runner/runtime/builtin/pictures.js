import { define, preset, tell } from './define.js';

/** @typedef {{picture: HTMLImageElement, load(): void, fit(): void}} PictureState */

/** @type {Record<string, string>} */
const FIT = { scaleToFill: 'fill', aspectFit: 'contain', aspectFill: 'cover' };

const PICTURE = {
  src: String, mode: preset(String, 'scaleToFill'), lazyLoad: Boolean, webp: Boolean, showMenuByLongpress: Boolean, fadeIn: Boolean,
};
const VIDEO = {
  src: String, poster: String, controls: preset(Boolean, true), autoplay: Boolean, loop: Boolean, muted: Boolean, objectFit: String,
};

/** @param {import('glass-easel').ComponentSpace} space @param {import('../boot.js').Host} host */
export function definePictures(space, { phone }) {
  for (const name of ['image', 'cover-image']) definePicture(space, name, phone);
  define(space, 'canvas', { type: String, canvasId: String, disableScroll: Boolean }, {
    attached(element) {
      const canvas = Object.assign(document.createElement('canvas'), {
        createImage: () => new Image(),
        requestAnimationFrame: (/** @type {FrameRequestCallback} */ callback) => requestAnimationFrame(callback),
        cancelAnimationFrame: (/** @type {number} */ handle) => cancelAnimationFrame(handle),
      });
      element.canvasNode = canvas;
      element.append(canvas);
    },
  });
  define(space, 'video', VIDEO, {
    attached(element) {
      const video = document.createElement('video');
      const { src, poster, controls } = this.data;
      Object.assign(video, { src: phone.fileAddress(src), poster: phone.fileAddress(poster), controls });
      element.append(video);
    },
  });
}

/** @param {import('glass-easel').ComponentSpace} space @param {string} name @param {import('../phone.js').Phone} phone */
function definePicture(space, name, phone) {
  define(space, name, PICTURE, /** @type {import('./define.js').How<typeof PICTURE, PictureState>} */ ({
    attached(element) {
      const picture = document.createElement('img');
      picture.alt = '';
      picture.onload = () => tell(this, 'load', { width: picture.naturalWidth, height: picture.naturalHeight });
      picture.onerror = () => tell(this, 'error', { errMsg: `GET ${this.data.src} failed` });
      element.append(picture);
      this.picture = picture;
      this.fit();
      this.load();
    },
    observers: {
      src() {
        this.load();
      },
      mode() {
        this.fit();
      },
    },
    methods: {
      load() {
        const { src } = this.data;
        if (src) this.picture.src = phone.fileAddress(src);
        else this.picture.removeAttribute('src');
      },
      fit() {
        const { mode } = this.data;
        this.$$.dataset.mode = mode;
        this.picture.style.objectFit = FIT[mode] ?? 'none';
        if (!(mode in FIT)) this.picture.style.objectPosition = mode;
      },
    },
  }));
}
