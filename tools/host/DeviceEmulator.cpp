// Device IR retargeted to the host: special registers become loads, everything that stops a thread a call.
#include "DeviceEmulator.h"
#include "HostCpu.h"

#include "llvm/AsmParser/Parser.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"

#include <map>
#include <set>

using namespace llvm;

namespace wino {

namespace {

constexpr StringLiteral kRegister = "llvm.nvvm.read.ptx.sreg.";
constexpr StringLiteral kIds = "wino_device_ids", kRunner = "wino_device_runner", kOperate = "wino_device_operate";

std::optional<DeviceOp> operationOf(StringRef intrinsic) {
  static const std::pair<StringRef, DeviceOp> table[] = {
      {"llvm.nvvm.barrier0", DeviceOp::Barrier},
      {"llvm.nvvm.mma.m16n8k32.row.col.s8", DeviceOp::Mma16832},
      {"llvm.nvvm.mma.m16n8k32.row.col.u8.s8", DeviceOp::Mma16832Unsigned},
      {"llvm.nvvm.mma.m8n8k16.row.col.s8", DeviceOp::Mma8816},
      {"llvm.nvvm.ldmatrix.sync.aligned.m8n8.x4.b16.p3", DeviceOp::LoadMatrix4},
      {"llvm.nvvm.mma.m8n8k16.row.col.u8.s8", DeviceOp::Mma8816Unsigned},
      {"llvm.nvvm.cp.async.cg.shared.global.16", DeviceOp::CopyAsync16},
      {"llvm.nvvm.cp.async.cg.shared.global.16.s", DeviceOp::CopyAsync16},
      {"llvm.nvvm.cp.async.commit.group", DeviceOp::CommitGroup},
      {"llvm.nvvm.cp.async.wait.group", DeviceOp::WaitGroup}};
  for (auto [name, op] : table)
    if (name == intrinsic)
      return op;
  return std::nullopt;
}

/// Number of the i32 in ThreadIds that a special register is.
std::optional<int64_t> idOf(StringRef reg) {
  static const StringRef names[] = {"tid", "ctaid", "ntid", "nctaid"};
  for (auto [n, name] : enumerate(names))
    for (int d = 0; d < 3; ++d)
      if (reg == (name + "." + StringRef("xyz").substr(d, 1)).str())
        return int64_t(n) * 3 + d;
  return std::nullopt;
}

class Retarget {
public:
  explicit Retarget(Module &module) : module(module), context(module.getContext()) {}

  Error run() {
    module.setTargetTriple("");
    module.setDataLayout("");
    for (Function &function : make_early_inc_range(module))
      if (function.getName().starts_with("llvm.nvvm."))
        if (Error error = replace(function))
          return error;
    for (GlobalVariable &global : module.globals()) {
      if (global.getAddressSpace() != 3)
        continue;
      // Threads of other fibers see it: no optimization may keep it in registers across a call.
      global.setLinkage(GlobalValue::ExternalLinkage);
      global.setInitializer(Constant::getNullValue(global.getValueType()));
      global.setDSOLocal(false);
      size_t bytes = module.getDataLayout().getTypeAllocSize(global.getValueType());
      std::set<StringRef> users;
      addUsers(global, users);
      for (StringRef kernel : users)
        shared[kernel.str()].push_back({global.getName().str(), bytes});
    }
    for (Function &function : module)
      if (!function.isDeclaration())
        defined.push_back(&function);
    for (Function *function : defined) {
      if (Error error = announce(*function))
        return error;
      addInvoke(*function);
    }
    return Error::success();
  }

  std::map<std::string, std::vector<std::pair<std::string, size_t>>> shared; ///< by kernel: globals and their bytes
  std::set<std::string> cooperative; ///< kernels with barriers, warp operations or shared memory

private:
  Module &module;
  LLVMContext &context;
  std::vector<Function *> defined;

  Error replace(Function &intrinsic) {
    StringRef name = intrinsic.getName();
    std::optional<DeviceOp> op = operationOf(name);
    std::optional<int64_t> id;
    if (name.starts_with(kRegister))
      id = idOf(name.drop_front(kRegister.size()));
    if (!op && !id)
      return createStringError("expected kernels of what is emulated, got '" + name + "'");
    for (User *user : make_early_inc_range(intrinsic.users())) {
      auto *call = cast<CallInst>(user);
      if (op)
        cooperative.insert(call->getFunction()->getName().str());
      Value *result = op ? operate(*call, *op) : load(*call, *id);
      if (!call->getType()->isVoidTy())
        call->replaceAllUsesWith(result);
      call->eraseFromParent();
    }
    intrinsic.eraseFromParent();
    return Error::success();
  }

  /// Functions that use a constant, through expressions too.
  static void addUsers(const Constant &constant, std::set<StringRef> &functions) {
    for (const User *user : constant.users())
      if (auto *instruction = dyn_cast<Instruction>(user))
        functions.insert(instruction->getFunction()->getName());
      else if (auto *expression = dyn_cast<Constant>(user))
        addUsers(*expression, functions);
  }

  /// Whether a value is an address of shared memory as a generic one, or a constant made of one.
  static bool isGenericShared(const Value *value) {
    if (auto *cast = dyn_cast<AddrSpaceCastOperator>(value))
      return cast->getSrcAddressSpace() == 3 && cast->getDestAddressSpace() == 0;
    auto *expression = dyn_cast<ConstantExpr>(value);
    return expression && any_of(expression->operands(), [](const Use &use) { return isGenericShared(use.get()); });
  }
  static bool touchesShared(const MemIntrinsic &block) {
    auto *transfer = dyn_cast<MemTransferInst>(&block);
    return block.getDestAddressSpace() == 3 || (transfer && transfer->getSourceAddressSpace() == 3);
  }

  /// A call before each plain access to shared memory.
  Error announce(Function &kernel) {
    std::vector<std::pair<Instruction *, Value *>> accesses;
    for (Instruction &instruction : instructions(kernel)) {
      for (Value *operand : instruction.operands())
        if (isGenericShared(operand))
          return createStringError("expected accesses to shared memory by its own addresses, got a generic one");
      Value *pointer = getLoadStorePointerOperand(&instruction);
      if (pointer && pointer->getType()->getPointerAddressSpace() == 3)
        accesses.push_back({&instruction, pointer});
      else if (isa<AtomicRMWInst, AtomicCmpXchgInst>(instruction))
        return createStringError("expected kernels without atomics, got one");
      else if (auto *block = dyn_cast<MemIntrinsic>(&instruction); block && touchesShared(*block))
        return createStringError("expected shared memory to be read and written word by word, got a block copy");
    }
    for (auto [instruction, pointer] : accesses) {
      IRBuilder<> entry(&*kernel.getEntryBlock().getFirstInsertionPt()), b(instruction);
      Value *slots = entry.CreateAlloca(ArrayType::get(b.getInt64Ty(), 2));
      uint64_t bytes = module.getDataLayout().getTypeStoreSize(getLoadStoreType(instruction));
      b.CreateStore(b.CreatePtrToInt(pointer, b.getInt64Ty()), slots);
      b.CreateStore(b.getInt64(bytes), b.CreateConstInBoundsGEP1_64(b.getInt64Ty(), slots, 1));
      callRunner(b, isa<LoadInst>(instruction) ? DeviceOp::SharedRead : DeviceOp::SharedWrite, slots);
      cooperative.insert(kernel.getName().str());
    }
    return Error::success();
  }

  void callRunner(IRBuilder<> &b, DeviceOp op, Value *slots) {
    auto *runner = module.getOrInsertGlobal(kRunner, b.getInt8Ty());
    auto *type = FunctionType::get(b.getVoidTy(), {b.getPtrTy(), b.getInt32Ty(), b.getPtrTy()}, false);
    b.CreateCall(module.getOrInsertFunction(kOperate, type), {runner, b.getInt32(uint32_t(op)), slots});
  }

  Value *load(CallInst &call, int64_t id) {
    IRBuilder<> b(&call);
    auto *ids = module.getOrInsertGlobal(kIds, ArrayType::get(b.getInt32Ty(), 12));
    return b.CreateLoad(b.getInt32Ty(), b.CreateConstInBoundsGEP1_64(b.getInt32Ty(), ids, uint64_t(id)));
  }

  /// Operands into slots, a call, results out of the slots behind them.
  Value *operate(CallInst &call, DeviceOp op) {
    IRBuilder<> entry(&*call.getFunction()->getEntryBlock().getFirstInsertionPt()), b(&call);
    auto *structure = dyn_cast<StructType>(call.getType());
    unsigned operands = call.arg_size(), results = structure ? structure->getNumElements() : 0;
    Value *slots = entry.CreateAlloca(ArrayType::get(b.getInt64Ty(), operands + results + 1));
    auto slot = [&](unsigned i) { return b.CreateConstInBoundsGEP1_64(b.getInt64Ty(), slots, i); };
    for (unsigned i = 0; i < operands; ++i) {
      Value *value = call.getArgOperand(i);
      value = value->getType()->isPointerTy() ? b.CreatePtrToInt(value, b.getInt64Ty())
                                              : b.CreateZExt(value, b.getInt64Ty());
      b.CreateStore(value, slot(i));
    }
    if (op == DeviceOp::CopyAsync16 && operands == 2) // no size: all of it
      b.CreateStore(b.getInt64(16), slot(2));
    callRunner(b, op, slots);
    Value *result = PoisonValue::get(call.getType()->isVoidTy() ? b.getInt32Ty() : call.getType());
    for (unsigned i = 0; i < results; ++i) {
      Value *value = b.CreateTrunc(b.CreateLoad(b.getInt64Ty(), slot(operands + i)), structure->getElementType(i));
      result = b.CreateInsertValue(result, value, i);
    }
    return result;
  }

  /// A function of one pointer to an array of pointers.
  void addInvoke(Function &kernel) {
    kernel.setLinkage(GlobalValue::InternalLinkage);
    kernel.setCallingConv(CallingConv::C);
    kernel.setAttributes(AttributeList().addFnAttribute(context, Attribute::NoInline)); // NVPTX's mean nothing here
    IRBuilder<> b(context);
    auto *invoke = Function::Create(FunctionType::get(b.getVoidTy(), {b.getPtrTy()}, false),
                                    GlobalValue::ExternalLinkage, "invoke_" + kernel.getName(), module);
    b.SetInsertPoint(BasicBlock::Create(context, "", invoke));
    SmallVector<Value *> arguments;
    for (unsigned i = 0; i < kernel.arg_size(); ++i)
      arguments.push_back(b.CreateLoad(b.getPtrTy(), b.CreateConstInBoundsGEP1_64(b.getPtrTy(), invoke->getArg(0), i)));
    b.CreateCall(&kernel, arguments);
    b.CreateRetVoid();
  }
};

/// At least 256 bytes behind and in front of the block, which starts at a multiple of 256.
uint8_t *aligned(std::vector<uint8_t> &bytes, size_t size, uint8_t paint) {
  bytes.assign(size + 768, paint);
  return reinterpret_cast<uint8_t *>((reinterpret_cast<uintptr_t>(bytes.data()) + 511) / 256 * 256);
}

} // namespace

DeviceEmulator::~DeviceEmulator() = default;

Expected<std::unique_ptr<DeviceEmulator>> DeviceEmulator::load(const DeviceNetwork &network) {
  if (Error error = checkHostCpu())
    return std::move(error);
  LLVMContext context;
  SMDiagnostic diagnostic;
  std::unique_ptr<Module> module = parseAssemblyString(network.code.ir, diagnostic, context);
  if (!module)
    return createStringError("expected LLVM IR of kernels, got: " + diagnostic.getMessage());
  Retarget retarget(*module);
  if (Error error = retarget.run())
    return std::move(error);
  std::string ir;
  raw_string_ostream(ir) << *module;
  auto object = compileIr(ir, cantFail(codegenTarget("host")), FileKind::Object);
  if (!object)
    return object.takeError();
  auto emulator = std::make_unique<DeviceEmulator>();
  emulator->model = network.model;
  emulator->program = network.program;
  emulator->runner = std::make_unique<BlockRunner>();
  auto jit = orc::LLJITBuilder().create();
  if (!jit)
    return jit.takeError();
  emulator->jit = std::move(*jit);
  orc::JITDylib &library = emulator->jit->getMainJITDylib();
  auto process =
      orc::DynamicLibrarySearchGenerator::GetForCurrentProcess(emulator->jit->getDataLayout().getGlobalPrefix());
  if (!process)
    return process.takeError();
  library.addGenerator(std::move(*process)); // memcpy and memset
  orc::SymbolMap symbols;
  auto define = [&](StringRef name, auto *address) {
    symbols[emulator->jit->mangleAndIntern(name)] = {orc::ExecutorAddr::fromPtr(address), JITSymbolFlags::Exported};
  };
  define(kIds, &emulator->runner->ids);
  define(kRunner, emulator->runner.get());
  define(kOperate, &BlockRunner::operate);
  if (Error error = library.define(orc::absoluteSymbols(std::move(symbols))))
    return std::move(error);
  auto buffer = MemoryBuffer::getMemBufferCopy(StringRef(object->data(), object->size()), "device.o");
  if (Error error = emulator->jit->addObjectFile(std::move(buffer)))
    return std::move(error);
  for (const LaunchInfo &launch : emulator->program.launches) {
    auto invoke = emulator->jit->lookup("invoke_" + launch.kernel);
    if (!invoke)
      return invoke.takeError();
    KernelCode kernel{invoke->toPtr<void (*)(void *const *)>(), retarget.cooperative.count(launch.kernel) > 0, {}};
    for (auto &[name, size] : retarget.shared[launch.kernel]) {
      auto memory = emulator->jit->lookup(name);
      if (!memory)
        return memory.takeError();
      kernel.shared.push_back({memory->toPtr<uint8_t *>(), size});
    }
    emulator->kernels.push_back(std::move(kernel));
  }
  return std::move(emulator);
}

Error DeviceEmulator::run(ArrayRef<std::vector<uint8_t>> inputs, std::vector<std::vector<uint8_t>> &outputs,
                          uint8_t paint, const Schedule &schedule) {
  runner->schedule = schedule;
  if (inputs.size() != model.inputs.size())
    return createStringError("expected " + Twine(model.inputs.size()) + " inputs, got " + Twine(inputs.size()));
  // A device's allocations start at multiples of 256; kernels rely on 16.
  std::vector<std::vector<uint8_t>> memory(2 + inputs.size() + model.outputs.size());
  std::vector<uint8_t *> bases;
  std::vector<size_t> sizes;
  auto place = [&](size_t size) {
    bases.push_back(aligned(memory[bases.size()], size, paint));
    sizes.push_back(size);
    return bases.back();
  };
  place(size_t(model.arenaBytes));
  copy(program.weights, place(program.weights.size()));
  for (auto [n, input] : enumerate(inputs)) {
    if (int64_t(input.size()) != model.inputs[n].elements)
      return createStringError("input " + Twine(n) + ": expected " + Twine(model.inputs[n].elements) + " bytes, got " +
                               Twine(input.size()));
    copy(input, place(input.size()));
  }
  for (const PortInfo &output : model.outputs)
    place(size_t(output.elements * output.elementBytes()));
  for (auto [launch, kernel] : zip(program.launches, kernels)) {
    std::vector<void *> arguments;
    for (const LaunchArgument &argument : launch.arguments) {
      size_t first[] = {0, 1, 2, 2 + inputs.size()};
      arguments.push_back(bases[first[int(argument.base)] + size_t(argument.index)] + argument.offset);
    }
    if (Error error = runner->run(kernel.invoke, arguments.data(), launch.grid, launch.block, kernel.isCooperative,
                                  kernel.shared))
      return createStringError("kernel '" + launch.kernel + "': " + toString(std::move(error)));
  }
  auto isOther = [&](uint8_t byte) { return byte != paint; };
  for (auto [base, size, bytes] : zip(bases, sizes, memory)) {
    if (std::any_of(bytes.data(), base, isOther))
      return createStringError("expected no write in front of a buffer, got one");
    if (std::any_of(base + size, bytes.data() + bytes.size(), isOther))
      return createStringError("expected no write behind a buffer, got one");
  }
  outputs.clear();
  for (auto [n, output] : enumerate(model.outputs)) {
    uint8_t *from = bases[2 + inputs.size() + n];
    outputs.emplace_back(from, from + output.elements * output.elementBytes());
  }
  return Error::success();
}

} // namespace wino
