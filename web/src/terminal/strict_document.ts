/**
 * A document for xterm.js that keeps our content security policy: it makes its styles as `style` elements and
 * `style` attributes, which `style-src 'self'` refuses; style sheets and declarations of the object model are allowed.
 */

export function strictDocument(real: Document): Document {
  return new Proxy(real, {
    get(target, name) {
      if (name === 'createElement') return (tag: string) => createElement(target, tag)
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? (value as (...args: unknown[]) => unknown).bind(target) : value
    },
    set: (target, name, value) => Reflect.set(target, name, value, target),
  })
}

function createElement(real: Document, tag: string): HTMLElement {
  if (tag === 'style') return styleElement(real)
  const element = real.createElement(tag)
  if (tag === 'span') declareStyle(element)
  return element
}

/** Stands where the `style` element would, and hands its text to a sheet of its own. */
function styleElement(real: Document): HTMLElement {
  const sheet = new CSSStyleSheet()
  const element = real.createElement('span')
  element.hidden = true
  real.adoptedStyleSheets = [...real.adoptedStyleSheets, sheet]
  let text = ''
  Object.defineProperty(element, 'textContent', {
    get: () => text,
    set: (css: string) => {
      text = css
      sheet.replaceSync(css)
    },
  })
  const remove = element.remove.bind(element)
  element.remove = () => {
    real.adoptedStyleSheets = real.adoptedStyleSheets.filter((one) => one !== sheet)
    remove()
  }
  return element
}

/** Colours beyond the palette come as a `style` attribute. */
function declareStyle(element: HTMLElement): void {
  const setAttribute = element.setAttribute.bind(element)
  element.setAttribute = (name, value) => {
    if (name === 'style') element.style.cssText = value
    else setAttribute(name, value)
  }
}
