# This file is maintained automatically by "terraform init".
# Manual edits may be lost in future updates.

provider "registry.terraform.io/confluentinc/confluent" {
  version     = "2.60.0"
  constraints = "2.60.0"
  hashes = [
    "h1:0dxEtKwaW7gUWbbY7j3L2NvXY9BRWn9V0ic4ZvTQBBw=",
    "zh:039932daf1bfc0238445a66ad9406e47e0581c95d4ef64f36ba8eab9e29f4db6",
    "zh:1470a903094f0f045996b969e70fccd2a64374a4c9ea6b7753e53e3777be75e7",
    "zh:172b249e42c17dea99d77a3e18b0a4f0f69886ed884a61f8c77772eea9316fa7",
    "zh:1ce6d7decfefc8f5d7bc636a237e08b5e4ab657e5317c53e834ce360dea412fe",
    "zh:30891cafd1016b9ad7b2290de62b55af8e48a755f57991e3b9441b9aaa18bfad",
    "zh:69f124ae716a3b3fa8a362fe23418f367fbd9de4abfc73d4fcee0395e8917e28",
    "zh:74e6df038fd1ad9a6a7e723af1215750f5c0aeb001accfc3d169ad96e7df2c3b",
    "zh:77e33ad8443d7b266fe6264b1d23c2274ac7f8a1d797a407adc672a2d14fc836",
    "zh:7f4b2dbd4d9cb1d7fa2b735b263ba7297751af2833a6636f91218662a2c49a36",
    "zh:a43ed7c985292792f5b33778a64fec7f86937b29b6dba6852bee5a6e16490e76",
    "zh:b3ae2bfdd42751997015da13dc5531d0125ebb68c80b1e008412c36631bb1973",
    "zh:c0e1298b1a0b82bb0b8ee493fdc4e0381c513e1f236be7f2399a4e7023a4d282",
    "zh:cfc9a8ce9295d24a1a1d9fc32677af3233844dcd2e2b872a24ef02acabc7ef1d",
    "zh:e3934f7a4a918a558c5b2858c7e3c987a38ac34fe65b325e7f4e7a960fd5e753",
    "zh:eb8a64734cdc80156f671f8177dd1c4a21085b11f5d7d9ffc344b2fe318f0590",
    "zh:f575d6ba44a68ca6adc9d9ceb1ef8ad79f6affe8fde084cf4a87987b9442d391",
  ]
}
