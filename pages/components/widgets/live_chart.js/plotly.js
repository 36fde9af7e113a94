// Plotly.js, 1.4 MB on the way: fetched once a page, and again where that failed.

let loading = null; // the promise of Plotly.js, shared by all charts of the page

export function loadPlotly(address) {
  if (window.Plotly) return Promise.resolve(window.Plotly);
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = new URL(address, document.baseURI);
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => {
      loading = null; // the next call fetches again
      reject(new Error(`${script.src} could not be loaded`));
    };
    document.head.append(script);
  });
  return loading;
}
