use candle_core::{Device, Tensor};
use std::time::Instant;
fn main() {
    let d = Device::Cpu;
    let x = Tensor::randn(0f32, 1., (1024, 768), &d).unwrap();
    let t = |name: &str, f: &dyn Fn(), flop: f64| {
        f();
        let s = Instant::now();
        for _ in 0..10 { f(); }
        let e = s.elapsed().as_secs_f64() / 10.;
        println!("{name} {:.2} ms {:.1} GFLOPS", e * 1e3, flop / e / 1e9);
    };
    d.with_context(|| {
        let w = Tensor::randn(0f32, 1., (768, 2304), &d).unwrap();
        t("mm", &|| { x.matmul(&w).unwrap(); }, 2. * 1024. * 768. * 2304.);
        let wt = Tensor::randn(0f32, 1., (2304, 768), &d).unwrap().t().unwrap();
        t("mm t", &|| { x.matmul(&wt).unwrap(); }, 2. * 1024. * 768. * 2304.);
        let g = Tensor::randn(0f32, 1., (1024, 1152), &d).unwrap();
        t("gelu", &|| { g.gelu().unwrap(); }, 1024. * 1152.);
        t("add", &|| { (&x + &x).unwrap(); }, 1024. * 768.);
        let a = Tensor::ones(768, candle_core::DType::F32, &d).unwrap();
        t("rms", &|| { candle_nn::ops::rms_norm(&x, &a, 1e-6).unwrap(); }, 1024. * 768.);
        for dt in [candle_core::quantized::GgmlDType::Q8_0, candle_core::quantized::GgmlDType::Q4K, candle_core::quantized::GgmlDType::Q6K] {
            let q = candle_core::quantized::QMatMul::from_qtensor(candle_core::quantized::QTensor::quantize(&wt.t().unwrap().contiguous().unwrap(), dt).unwrap()).unwrap();
            t(&format!("{dt:?}"), &|| { candle_core::Module::forward(&q, &x).unwrap(); }, 2. * 1024. * 768. * 2304.);
            let x1 = x.narrow(0, 0, 20).unwrap();
            t(&format!("{dt:?} 20"), &|| { candle_core::Module::forward(&q, &x1).unwrap(); }, 2. * 20. * 768. * 2304.);
        }
        let x1 = x.narrow(0, 0, 20).unwrap();
        t("mm 20", &|| { x1.matmul(&w).unwrap(); }, 2. * 20. * 768. * 2304.);
    });
}
