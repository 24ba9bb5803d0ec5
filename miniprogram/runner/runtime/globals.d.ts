import type { Element as WxElement } from 'glass-easel';

import type { Miniprogram } from '../compiler/build.js';
import type { Driver } from './boot.js';
import type { BuiltinComponent } from './builtin/define.js';
import type { wxsHooks } from './wxs_events.js';

declare global {
  /** What the compiled app.js leaves. */
  var __miniprogram: Miniprogram;
  /** For tests and the phone's frame. */
  var __runner: Driver;
  /** For compiled templates. */
  var __wxs: typeof wxsHooks;

  interface Node {
    /** The engine's own node, of an element that the engine made. */
    __wxElement?: WxElement;
  }

  interface Element {
    /** Of an element of builtin/: its component. */
    wxComponent?: BuiltinComponent;
    /** What a form sends for it. */
    wxValue?: () => unknown;
  }

  interface HTMLElement {
    /** The canvas within a <canvas> of the mini-program. */
    canvasNode?: HTMLCanvasElement;
    /** Changes with every animation, so that an older one ends. */
    animationToken?: object;
  }
}
